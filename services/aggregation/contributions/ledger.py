"""Contributions that enter and leave: one statement for each effect of a whole batch.

Locks are taken table by table and by key: facts, figure sets, contributions, values, totals.
Whoever has raised a set's revision holds the set, so its totals are theirs alone.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.unit import Unit
from contracts.figures import REPORTS
from services.aggregation.contributions import totals
from services.aggregation.contributions.domain import Amount, Contribution
from services.aggregation.contributions.repository import Change, SetKey


async def settle(unit: Unit, changes: Sequence[Change], added: Mapping[UUID, Contribution]) -> None:
    """Let the old contributions of these reports leave and the new ones enter.

    Each figure set of which anything moves is raised by one revision.
    """
    moving = [change for change in changes if change.counting or change.report_id in added]
    if not moving:
        return
    session = unit.session
    await raise_revisions(session, {change.set_key for change in moving}, unit.now)
    leaving = [change.report_id for change in moving if change.counting]
    if leaving:
        await _leave(session, leaving, unit.now)
    if added:
        await _enter(session, added, unit.now)
    await totals.move(session, [change.report_id for change in moving])


async def raise_revisions(session: AsyncSession, keys: Collection[SetKey], now: datetime) -> None:
    """Give each of the sets its next revision, and hold them until the transaction ends."""
    ordered = sorted(set(keys))
    await session.execute(
        text("""
            INSERT INTO figure_set AS known
                (template_code, period_code, basis, revision, changed_at)
            SELECT template_code, period_code, :basis, 1, :now
            FROM unnest(CAST(:templates AS text[]), CAST(:periods AS text[]))
                AS raised (template_code, period_code)
            ON CONFLICT (template_code, period_code, basis) DO UPDATE
            SET revision = known.revision + 1, changed_at = excluded.changed_at
        """),
        {
            "basis": REPORTS,
            "now": now,
            "templates": [template for template, _ in ordered],
            "periods": [period for _, period in ordered],
        },
    )


async def _leave(session: AsyncSession, reports: Collection[UUID], now: datetime) -> None:
    """End what these reports add, at their sets' present revisions."""
    await session.execute(
        text("""
            UPDATE contribution AS stay
            SET left_revision = figure_set.revision,
                left_decision_no = fact.decision_no,
                left_at = :now
            FROM figure_set, fact
            WHERE stay.report_id = ANY(CAST(:reports AS uuid[])) AND left_revision IS NULL
              AND (figure_set.template_code, figure_set.period_code, figure_set.basis)
                  = (stay.template_code, stay.period_code, stay.basis)
              AND fact.report_id = stay.report_id
        """),
        {"reports": sorted(reports), "now": now},
    )


async def _enter(session: AsyncSession, added: Mapping[UUID, Contribution], now: datetime) -> None:
    """Let these reports add what they say, from their sets' present revisions on."""
    await session.execute(
        text("""
            INSERT INTO contribution
                (report_id, basis, entered_revision, template_code, period_code, ward_code,
                 version, template_version, decision_no, entered_at, amounts, nulls, tokens)
            SELECT report_id, basis, revision, template_code, period_code, ward_code,
                   counted_version, counted_template_version, decision_no, :now,
                   amounts, nulls, tokens
            FROM unnest(CAST(:reports AS uuid[]), CAST(:amounts AS jsonb[]),
                        CAST(:nulls AS jsonb[]), CAST(:tokens AS jsonb[]))
                AS added (report_id, amounts, nulls, tokens)
            JOIN fact USING (report_id)
            JOIN figure_set USING (template_code, period_code)
            WHERE basis = :basis
        """),
        {
            "basis": REPORTS,
            "now": now,
            "reports": list(added),
            "amounts": [_numbers(each.amounts) for each in added.values()],
            "nulls": [to_json(each.nulls).decode() for each in added.values()],
            "tokens": [to_json(each.tokens).decode() for each in added.values()],
        },
    )


def _numbers(amounts: Sequence[Amount]) -> str:
    """Digits as text: JSON readers take numbers for binary fractions."""
    return to_json(
        [
            (
                a.code,
                a.breakdown,
                str(a.numerator),
                None if a.denominator is None else str(a.denominator),
            )
            for a in amounts
        ]
    ).decode()
