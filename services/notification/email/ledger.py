"""The SQL of deliveries as an operator sees them, and as time clears them away."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as it stands, with the address that it goes to now."""

    id: UUID
    event_id: UUID
    channel: str
    kind: str
    ward_code: str
    template_code: str
    period_code: str
    state: str
    attempts: int
    next_attempt_at: datetime
    recorded_at: datetime
    ended_at: datetime | None
    last_error: str | None
    email: str | None


async def expire(session: AsyncSession, before: datetime, now: datetime) -> int:
    """Give up what nobody could send since an instant; how many that are."""
    found = await session.execute(
        text("""
            UPDATE delivery SET state = 'failed', last_error = 'expired', ended_at = :now
            WHERE state = 'pending' AND recorded_at < :before RETURNING id
        """),
        {"before": before, "now": now},
    )
    return len(found.all())


async def purge(session: AsyncSession, before: datetime) -> None:
    """Delete deliveries recorded before an instant, a part of them in each run."""
    await session.execute(
        text("""
            DELETE FROM delivery WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM delivery WHERE recorded_at < :before LIMIT 20000))
        """),
        {"before": before},
    )


async def listed(
    session: AsyncSession, state: str | None, ward: str | None, before: UUID | None, rows: int
) -> list[Delivery]:
    """A page of deliveries, the newest first: ids rise with time."""
    found = await session.execute(
        text("""
            SELECT id, event_id, channel, kind, ward_code, template_code, period_code, state,
                   attempts, next_attempt_at, recorded_at, ended_at, last_error, contact.email
            FROM delivery LEFT JOIN contact ON contact.subject = recipient
            WHERE state = coalesce(:state, state) AND ward_code = coalesce(:ward, ward_code)
              AND (CAST(:before AS uuid) IS NULL OR id < :before)
            ORDER BY id DESC LIMIT :rows
        """),
        {"state": state, "ward": ward, "before": before, "rows": rows},
    )
    return [Delivery(**row) for row in found.mappings()]


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many deliveries are in each state."""
    found = await session.execute(
        text("SELECT state, count(*) AS number FROM delivery GROUP BY state")
    )
    return {row.state: row.number for row in found}
