"""All SQL of what waits."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.decisions import IN_REVIEW
from services.notification.waiting.domain import Backlog, Queue, Standing


async def keep(session: AsyncSession, standings: Mapping[UUID, Standing]) -> None:
    """Remember the newest of what is known of each report; rows in the order of ids."""
    known = standings.values()
    await session.execute(
        _KEEP,
        {
            "reports": list(standings),
            "templates": [standing.queue.template_code for standing in known],
            "periods": [standing.queue.period_code for standing in known],
            "numbers": [standing.decision_no for standing in known],
            "states": [standing.state for standing in known],
            "counts": [standing.counts for standing in known],
            "submitted": [standing.submitted_at for standing in known],
            "sent": [standing.sent_no for standing in known],
            "asked": [standing.asked_no for standing in known],
            "asked_at": [standing.asked_at for standing in known],
            "answered": [standing.answered_at for standing in known],
        },
    )


async def backlogs(
    session: AsyncSession, queues: Sequence[Queue]
) -> list[tuple[Backlog, dict[str, Any] | None]]:
    """How much waits in each queue, beside what its notice says; none: there is no notice."""
    found = await session.execute(
        _BACKLOGS,
        {
            "ids": [queue.id for queue in queues],
            "templates": [queue.template_code for queue in queues],
            "periods": [queue.period_code for queue in queues],
        },
    )
    return [
        (Backlog(queues[place - 1], reports, withdrawals, oldest), before)
        for place, reports, withdrawals, oldest, before in found
    ]


_KEEP: Final = text("""
    INSERT INTO standing AS s (report_id, template_code, period_code, decision_no, state,
                               counts, submitted_at, sent_no, asked_no, asked_at, answered_at)
    SELECT * FROM unnest(
        CAST(:reports AS uuid[]), CAST(:templates AS text[]), CAST(:periods AS text[]),
        CAST(:numbers AS integer[]), CAST(:states AS text[]), CAST(:counts AS boolean[]),
        CAST(:submitted AS timestamptz[]), CAST(:sent AS integer[]), CAST(:asked AS integer[]),
        CAST(:asked_at AS timestamptz[]), CAST(:answered AS timestamptz[]))
    ON CONFLICT (report_id) DO UPDATE SET
        (state, counts, submitted_at) = (
            SELECT newest.state, newest.counts, newest.submitted_at
            FROM (VALUES
                (s.decision_no, s.state, s.counts, s.submitted_at),
                (excluded.decision_no, excluded.state, excluded.counts,
                 excluded.submitted_at)
            ) AS newest (decision_no, state, counts, submitted_at)
            ORDER BY newest.decision_no DESC LIMIT 1),
        decision_no = greatest(s.decision_no, excluded.decision_no),
        sent_no = greatest(s.sent_no, excluded.sent_no),
        asked_no = greatest(s.asked_no, excluded.asked_no),
        asked_at = greatest(s.asked_at, excluded.asked_at),
        answered_at = greatest(s.answered_at, excluded.answered_at)
""")

_BACKLOGS: Final = text(f"""
    SELECT queue.place, count(*) FILTER (WHERE waits), count(*) FILTER (WHERE asks),
           least(min(submitted_at) FILTER (WHERE waits), min(asked_at) FILTER (WHERE asks)),
           notice.params
    FROM unnest(CAST(:ids AS uuid[]), CAST(:templates AS text[]), CAST(:periods AS text[]))
         WITH ORDINALITY AS queue (id, template, period, place)
    LEFT JOIN notice ON notice.id = queue.id
    LEFT JOIN LATERAL (
        SELECT submitted_at, asked_at, state = '{IN_REVIEW}' AS waits,
               counts AND asked_no > sent_no
                   AND asked_at > coalesce(answered_at, '-infinity') AS asks
        FROM standing
        WHERE template_code = queue.template AND period_code = queue.period
          AND (state = '{IN_REVIEW}' OR asked_no > sent_no)) AS report ON true
    GROUP BY queue.place, notice.params
""")  # noqa: S608 - a constant; a parameter would hide the index from the planner
