"""All SQL of the inbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification.inbox.domain import Recipient, Telling
from services.notification.inbox.notices import Notice
from services.notification.streams.tail import Log, Span

COLUMNS = """
    notice.id, notice.position, recipient_kind, recipient_id, kind, report_id, ward_code,
    template_code, period_code, period_scheme, params, cleared, recorded_at,
    ward.entry ->> 'name' AS ward_name,
    template_vi, template_en
"""
NAMES = """
    LEFT JOIN ward ON ward.code = ward_code
    LEFT JOIN LATERAL (
        SELECT entry #>> '{name,vi}' AS template_vi, entry #>> '{name,en}' AS template_en
        FROM template WHERE template.code = template_code
        ORDER BY version DESC LIMIT 1) AS template ON true
"""
MINE = """
    (recipient_kind, recipient_id) IN (
        SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:ids AS text[])))
"""
MARK = "LEFT JOIN read_mark AS mark ON mark.notice_id = notice.id AND mark.subject = :subject"
UNREAD = "NOT cleared AND mark.calls IS DISTINCT FROM notice.calls"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list shows: whose notices, and which of them; ``before`` a position."""

    recipients: Sequence[Recipient]
    subject: str
    unread: bool
    kind: str | None
    ward: str | None
    template: str | None
    period: str | None


async def tell(session: AsyncSession, tellings: Sequence[Telling], now: datetime) -> list[str]:
    """Add notices in this order, under the lock of the logs; the kinds of those that were news.

    One that is there already stays as it is, except a queue's, which takes a new position.
    """
    told = await session.execute(_TELL, {"now": now, **_columns(tellings)})
    return list(told.scalars())


async def read(session: AsyncSession, span: Span) -> list[Notice]:
    """The notices of a span of positions that are for its audiences, in their order."""
    addressed = [audience.partition(":") for audience in span.audiences]
    found = await session.execute(
        text(f"""
            SELECT {COLUMNS} FROM notice {NAMES}
            WHERE notice.position > :after AND notice.position <= :upto
              AND {MINE}
            ORDER BY notice.position LIMIT :limit
        """),  # noqa: S608 - our own fragments
        {
            "after": span.after,
            "upto": span.upto,
            "kinds": [kind for kind, _, _ in addressed],
            "ids": [whom for _, _, whom in addressed],
            "limit": span.limit,
        },
    )
    return [Notice(**row) for row in found.mappings()]


async def listed(
    session: AsyncSession, wanted: Wanted, before: int | None, rows: int
) -> list[Notice]:
    """A page of a person's notices, the newest first, without those that were cleared."""
    found = await session.execute(
        text(f"""
            SELECT {COLUMNS}, NOT ({UNREAD}) AS read FROM notice {MARK} {NAMES}
            WHERE {MINE} AND NOT cleared
              AND (CAST(:before AS bigint) IS NULL OR notice.position < :before)
              AND (NOT :unread OR {UNREAD})
              AND kind = coalesce(:kind, kind)
              AND ward_code IS NOT DISTINCT FROM coalesce(:ward, ward_code)
              AND template_code = coalesce(:template, template_code)
              AND period_code = coalesce(:period, period_code)
            ORDER BY notice.position DESC LIMIT :rows
        """),  # noqa: S608 - our own fragments
        {
            "before": before,
            "rows": rows,
            "unread": wanted.unread,
            "kind": wanted.kind,
            "ward": wanted.ward,
            "template": wanted.template,
            "period": wanted.period,
            **_mine(wanted.recipients, wanted.subject),
        },
    )
    return [Notice(**row) for row in found.mappings()]


async def unread(session: AsyncSession, recipients: Sequence[Recipient], subject: str) -> int:
    """How many notices a person has not read."""
    found = await session.execute(
        text(f"SELECT count(*) FROM notice {MARK} WHERE {MINE} AND {UNREAD}"),  # noqa: S608 - ours
        _mine(recipients, subject),
    )
    return int(found.scalar_one())


async def mark_read(
    session: AsyncSession, notice: UUID, recipients: Sequence[Recipient], subject: str
) -> bool:
    """Remember that a person read a notice; false when there is none that is for them."""
    marked = await session.execute(
        text(f"""
            INSERT INTO read_mark AS mark (subject, notice_id, calls)
            SELECT :subject, id, calls FROM notice WHERE id = :id AND {MINE}
            ON CONFLICT (subject, notice_id) DO UPDATE
            SET calls = greatest(mark.calls, excluded.calls)
            RETURNING notice_id
        """),  # noqa: S608 - our own fragments
        {"id": notice, **_mine(recipients, subject)},
    )
    return marked.first() is not None


def _mine(recipients: Sequence[Recipient], subject: str) -> dict[str, Any]:
    return {
        "kinds": [recipient.kind for recipient in recipients],
        "ids": [recipient.id for recipient in recipients],
        "subject": subject,
    }


def _columns(tellings: Sequence[Telling]) -> dict[str, list[Any]]:
    return {
        "ids": [telling.id for telling in tellings],
        "recipient_kinds": [telling.recipient.kind for telling in tellings],
        "recipients": [telling.recipient.id for telling in tellings],
        "kinds": [telling.kind for telling in tellings],
        "events": [telling.event_id for telling in tellings],
        "reports": [telling.report_id for telling in tellings],
        "wards": [telling.ward_code for telling in tellings],
        "templates": [telling.queue.template_code for telling in tellings],
        "periods": [telling.queue.period_code for telling in tellings],
        "schemes": [telling.queue.period_scheme for telling in tellings],
        "params": [to_json(telling.params).decode() for telling in tellings],
        "cleared": [telling.cleared for telling in tellings],
        "calls": [int(telling.calls) for telling in tellings],
    }


_TELL: TextClause = text("""
    INSERT INTO notice AS known (id, recipient_kind, recipient_id, kind, event_id, report_id,
                                 ward_code, template_code, period_code, period_scheme, params,
                                 cleared, calls, recorded_at)
    SELECT id, recipient_kind, recipient_id, kind, event_id, report_id, ward_code, template_code,
           period_code, period_scheme, CAST(params AS jsonb), cleared, calls, :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:recipient_kinds AS text[]),
                CAST(:recipients AS text[]), CAST(:kinds AS text[]), CAST(:events AS uuid[]),
                CAST(:reports AS uuid[]), CAST(:wards AS text[]), CAST(:templates AS text[]),
                CAST(:periods AS text[]), CAST(:schemes AS text[]), CAST(:params AS text[]),
                CAST(:cleared AS boolean[]), CAST(:calls AS integer[]))
         WITH ORDINALITY AS told (id, recipient_kind, recipient_id, kind, event_id, report_id,
                                  ward_code, template_code, period_code, period_scheme, params,
                                  cleared, calls, place)
    ORDER BY place
    ON CONFLICT (id) DO UPDATE
    SET position = excluded.position, event_id = excluded.event_id, params = excluded.params,
        cleared = excluded.cleared, calls = known.calls + excluded.calls,
        recorded_at = excluded.recorded_at
    WHERE known.kind = 'waiting'
    RETURNING kind
""")

NOTICES: Final = Log("notice", read, expendable="(cleared OR kind <> 'waiting')")
"""Notices as a log to be streamed; what still waits is kept however old it is."""
