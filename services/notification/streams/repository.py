"""The SQL that the logs share: the lock that orders them, where they stand, their purge."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

ONE_WRITER = 7_130_168
"""The advisory lock under which positions are taken: so they commit in their order."""

PURGED_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of a log: what was purged up to, and the newest position."""

    purged: int
    newest: int

    def lost(self, position: int) -> bool:
        """Whether who stopped at ``position`` cannot be given everything after it.

        A position that was never reached is of another database, such as one restored.
        """
        return not self.purged <= position <= self.newest


async def lock(session: AsyncSession) -> None:
    """Be the only writer of any log until this transaction ends; take it last."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_WRITER})


async def bounds(session: AsyncSession, table: str) -> Bounds:
    """Where the log begins and ends; read it after the rows that it is to vouch for."""
    found = await session.execute(
        text(f"""
            SELECT coalesce((SELECT position FROM purged WHERE log = :log), 0),
                   coalesce((SELECT max(position) FROM {table}), 0)
        """),  # noqa: S608 - one of our own tables, never a caller's text
        {"log": table},
    )
    purged, newest = found.one()
    return Bounds(purged, max(purged, newest))


async def purge(session: AsyncSession, table: str, expendable: str, before: datetime) -> None:
    """Delete what was recorded before an instant, a part at a time, and remember how far."""
    await session.execute(
        text(f"""
            WITH gone AS (
                DELETE FROM {table} WHERE ctid = ANY(ARRAY(
                    SELECT ctid FROM {table} WHERE recorded_at < :before AND {expendable}
                    ORDER BY recorded_at LIMIT :most))
                RETURNING position)
            INSERT INTO purged AS known (log, position)
            SELECT :log, max(position) FROM gone HAVING count(*) > 0
            ON CONFLICT (log) DO UPDATE
            SET position = greatest(known.position, excluded.position)
        """),  # noqa: S608 - one of our own tables, never a caller's text
        {"log": table, "before": before, "most": PURGED_AT_ONCE},
    )
