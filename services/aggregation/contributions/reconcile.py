"""Compares figure sets with their facts, a few at a time and for ever: nothing is to differ."""

from time import monotonic
from typing import Final

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import metrics
from chassis.unit import Unit
from contracts.figures import REPORTS
from services.aggregation.contributions import evidence, recompute
from services.aggregation.contributions.repository import SetKey

log = structlog.get_logger()

SLICE_SECONDS: Final = 0.5
"""The ticker announces figures too: nobody is to wait long for this."""
AT_ONCE: Final = 20


async def reconcile(unit: Unit) -> None:
    """A job: compare those sets that were not compared for the longest time, and say so."""
    began = monotonic()
    for key in await longest_unchecked(unit.session, AT_ONCE):
        await recompute.note(unit, key, len(await _differences(unit, key)))
        if monotonic() - began > SLICE_SECONDS:
            break
    await _measure(unit)


async def _differences(unit: Unit, key: SetKey) -> list[str]:
    """What differs in a set. What is only on the move is not there when the set is held."""
    if not await recompute.differences(unit, key):
        return []
    await evidence.hold(unit.session, key, unit.now)
    found = await recompute.differences(unit, key)
    for difference in found:
        log.error("figures_mismatched", set="/".join(key), difference=difference)
    return found


async def longest_unchecked(session: AsyncSession, most: int) -> list[SetKey]:
    """Sets that were never compared, then those that were compared longest ago."""
    rows = await session.execute(
        text("""
            SELECT template_code, period_code
            FROM (SELECT template_code, period_code FROM fact
                  UNION SELECT template_code, period_code FROM figure_set) AS known
            LEFT JOIN reconciliation USING (template_code, period_code)
            ORDER BY checked_at NULLS FIRST, template_code, period_code LIMIT :most
        """),
        {"most": most},
    )
    return [(template, period) for template, period in rows]


async def _measure(unit: Unit) -> None:
    found = await unit.session.execute(
        text("""
            SELECT count(*) FILTER (WHERE differences > 0), min(checked_at)
            FROM reconciliation WHERE basis = :basis
        """),
        {"basis": REPORTS},
    )
    mismatched, oldest = found.one()
    metrics.FIGURES_MISMATCHED.set(mismatched)
    metrics.FIGURES_UNCHECKED_AGE.set((unit.now - oldest).total_seconds() if oldest else 0)
