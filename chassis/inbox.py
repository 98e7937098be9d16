"""Each event once: its id is claimed in the transaction that holds its effects."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.unit import Unit

KEPT_DAYS = 30
"""Longer than any topic but the catalogue keeps a record; the catalogue is guarded by version."""

PURGED_AT_ONCE = 20_000


async def claim(
    session: AsyncSession, listener: str, ids: Iterable[UUID], today: date
) -> set[UUID]:
    """Those ids that were never handled; they are now, if the transaction commits.

    Sorted, so that two consumers with the same events wait for each other in one direction.
    """
    claimed = await session.execute(
        text("""
            INSERT INTO inbox (event_id, listener, received_on)
            SELECT id, :listener, :today FROM unnest(CAST(:ids AS uuid[])) AS id
            ON CONFLICT DO NOTHING RETURNING event_id
        """),
        {"listener": listener, "today": today, "ids": sorted(set(ids))},
    )
    return set(claimed.scalars())


async def forget(session: AsyncSession, listener: str, ids: Sequence[UUID]) -> None:
    """Release claims: a record that became a dead letter was not handled."""
    await session.execute(
        text("""
            DELETE FROM inbox
            WHERE listener = :listener AND event_id = ANY(CAST(:ids AS uuid[]))
        """),
        {"listener": listener, "ids": list(ids)},
    )


async def purge(unit: Unit) -> None:
    """Delete what is older than 30 days, a part of it in each run."""
    await unit.session.execute(
        text("""
            DELETE FROM inbox WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM inbox WHERE received_on < :day LIMIT :most))
        """),
        {"day": unit.now.date() - timedelta(days=KEPT_DAYS), "most": PURGED_AT_ONCE},
    )
