"""All SQL of deliveries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification.email.domain import EMAIL
from services.notification.inbox.domain import Telling


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker has to itself until ``lease``.

    ``email`` is none when the person takes it no longer: no address, no wish, no such ward.
    """

    id: UUID
    kind: str
    attempts: int
    lease: datetime
    happened_at: datetime
    recorded_at: datetime
    ward_code: str
    template_code: str
    period_code: str
    period_scheme: str
    params: dict[str, Any]
    email: str | None
    language: str | None
    ward_name: str | None
    template_vi: str | None
    template_en: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a claimed delivery."""

    state: str
    attempts: int
    next_attempt_at: datetime
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """What waits to be sent."""

    count: int
    oldest: datetime | None


async def reachable(session: AsyncSession, wards: Collection[str | None]) -> set[str]:
    """Those of the wards of which anybody takes e-mail: most events are told to nobody so."""
    found = await session.scalars(
        text("""
            SELECT ward FROM unnest(CAST(:wards AS text[])) AS ward
            WHERE EXISTS (SELECT FROM contact WHERE wards @> ARRAY[ward] AND email IS NOT NULL)
        """),
        {"wards": list(wards)},
    )
    return set(found)


async def queue(session: AsyncSession, tellings: Sequence[Telling], now: datetime) -> int:
    """One delivery per event and contact who wants it; how many there are new."""
    added = await session.execute(
        _QUEUE,
        {
            "channel": EMAIL,
            "now": now,
            "events": [telling.event_id for telling in tellings],
            "kinds": [telling.kind for telling in tellings],
            "wards": [telling.ward_code for telling in tellings],
            "templates": [telling.queue.template_code for telling in tellings],
            "periods": [telling.queue.period_code for telling in tellings],
            "schemes": [telling.queue.period_scheme for telling in tellings],
            "params": [to_json(telling.params).decode() for telling in tellings],
            "instants": [telling.at for telling in tellings],
        },
    )
    return len(added.all())


async def claim(session: AsyncSession, most: int, now: datetime, lease: timedelta) -> list[Claimed]:
    """Take deliveries that are due, for the length of a lease; no other worker waits or sees."""
    found = await session.execute(
        text("""
            WITH due AS (
                SELECT id FROM delivery WHERE state = 'pending' AND next_attempt_at <= :now
                ORDER BY next_attempt_at LIMIT :most FOR UPDATE SKIP LOCKED),
            taken AS (
                UPDATE delivery SET attempts = attempts + 1, next_attempt_at = :lease
                FROM due WHERE delivery.id = due.id RETURNING delivery.*)
            SELECT taken.id, kind, attempts, next_attempt_at AS lease, happened_at, recorded_at,
                   ward_code, template_code, period_code, period_scheme, params,
                   contact.email, contact.language, ward.entry ->> 'name' AS ward_name,
                   template.entry #>> '{name,vi}' AS template_vi,
                   template.entry #>> '{name,en}' AS template_en
            FROM taken
            LEFT JOIN contact ON contact.subject = recipient
                  AND contact.wards @> ARRAY[ward_code] AND kind = ANY(contact.wants)
            LEFT JOIN ward ON ward.code = ward_code
            LEFT JOIN LATERAL (
                SELECT entry FROM template WHERE template.code = template_code
                ORDER BY version DESC LIMIT 1) AS template ON true
            ORDER BY happened_at, taken.id
        """),
        {"now": now, "most": most, "lease": now + lease},
    )
    return [Claimed(**row) for row in found.mappings()]


async def settle(session: AsyncSession, claimed: Claimed, outcome: Outcome, now: datetime) -> bool:
    """Write down what became of a delivery; false when another worker has it by now."""
    settled = await session.execute(
        text("""
            UPDATE delivery
            SET state = :state, attempts = :attempts, next_attempt_at = :next, last_error = :error,
                ended_at = CASE WHEN :state <> 'pending' THEN CAST(:now AS timestamptz) END
            WHERE id = :id AND state = 'pending' AND next_attempt_at = :lease
            RETURNING id
        """),
        {
            "id": claimed.id,
            "lease": claimed.lease,
            "state": outcome.state,
            "attempts": outcome.attempts,
            "next": outcome.next_attempt_at,
            "error": outcome.error,
            "now": now,
        },
    )
    return settled.first() is not None


async def pending(session: AsyncSession) -> Pending:
    """How much waits to be sent, and since when the oldest."""
    found = await session.execute(
        text("SELECT count(*), min(recorded_at) FROM delivery WHERE state = 'pending'")
    )
    return Pending(*found.one())


_QUEUE: Final = text("""
    INSERT INTO delivery (event_id, recipient, channel, kind, ward_code, template_code,
                          period_code, period_scheme, params, happened_at, recorded_at,
                          state, attempts, next_attempt_at)
    SELECT told.event_id, contact.subject, :channel, told.kind, told.ward_code,
           told.template_code, told.period_code, told.period_scheme,
           CAST(told.params AS jsonb), told.happened_at, :now, 'pending', 0, :now
    FROM unnest(CAST(:events AS uuid[]), CAST(:kinds AS text[]), CAST(:wards AS text[]),
                CAST(:templates AS text[]), CAST(:periods AS text[]),
                CAST(:schemes AS text[]), CAST(:params AS text[]),
                CAST(:instants AS timestamptz[]))
         AS told (event_id, kind, ward_code, template_code, period_code, period_scheme,
                  params, happened_at)
    JOIN contact ON contact.wards @> ARRAY[told.ward_code]
                AND told.kind = ANY(contact.wants) AND contact.email IS NOT NULL
    ORDER BY told.event_id, contact.subject
    ON CONFLICT (event_id, recipient, channel) DO NOTHING
    RETURNING id
""")
