"""The SQL that keeps reports. Locks are taken on ``report`` alone, in the order of ids."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.numbering import LEAST
from contracts.period import Period
from services.submission.reports.domain import Address, Sent, Standing

STANDING = f"""
    r.submission_no, r.latest_version AS version, coalesce(r.latest_digest, '') AS digest,
    r.latest_submitted_at AS submitted_at, r.first_submitted_at,
    coalesce(s.decision_no, 0) AS decision_no, coalesce(s.version, 0) AS decided_version,
    coalesce(s.state, 'received') AS decided_state, s.counted_version,
    w.known_decision_no IS NOT NULL
        AND w.known_decision_no >= coalesce(a.decision_no, 0) AS withdrawing,
    {LEAST} AS least
"""
"""A withdrawal stands while it is the last thing said and no later decision answers it."""

JOINS = """
    LEFT JOIN report_status s ON s.report_id = r.report_id
    LEFT JOIN withdrawal_request w
        ON w.report_id = r.report_id AND w.submission_no = r.submission_no
    LEFT JOIN withdrawal_answer a ON a.report_id = r.report_id
"""


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version to keep, and the id of the event that tells it."""

    sent: Sent
    standing: Standing
    submitted_by: str
    channel: str
    event_id: UUID


@dataclass(frozen=True, slots=True)
class NewWithdrawal:
    """A wish to take a report back, and the id of the event that tells it."""

    report_id: UUID
    standing: Standing
    requested_at: datetime
    requested_by: str
    event_id: UUID


async def lock(session: AsyncSession, wanted: Mapping[Address, Period]) -> dict[Address, Standing]:
    """Where these reports stand, locked to the end of the transaction; new ones are made.

    The insert waits for another transaction that makes the same report, the next statement
    then finds what that one committed: nobody's first report is lost.
    """
    rows = sorted((a.report_id, a, period) for a, period in wanted.items())
    await session.execute(
        text("""
            INSERT INTO report (report_id, ward_code, template_code, period_code,
                                period_scheme, period_ends_on, submission_no, latest_version)
            SELECT id, ward, template, code, scheme, ends_on, 0, 0
            FROM unnest(CAST(:ids AS uuid[]), CAST(:wards AS text[]), CAST(:templates AS text[]),
                        CAST(:codes AS text[]), CAST(:schemes AS text[]), CAST(:ends AS date[]))
                 AS new (id, ward, template, code, scheme, ends_on)
            ORDER BY id
            ON CONFLICT DO NOTHING
        """),
        {
            "ids": [report_id for report_id, _, _ in rows],
            "wards": [address.ward for _, address, _ in rows],
            "templates": [address.template for _, address, _ in rows],
            "codes": [period.code for _, _, period in rows],
            "schemes": [period.scheme for _, _, period in rows],
            "ends": [period.ends_on for _, _, period in rows],
        },
    )
    return await locked(session, wanted)


async def locked(session: AsyncSession, wanted: Iterable[Address]) -> dict[Address, Standing]:
    """Where those of these reports stand that exist, locked to the end of the transaction.

    Two statements: one that waits for a lock reads again only the row it waited for, and what
    is joined to it would be as it was before the wait.
    """
    known = {address.report_id: address for address in wanted}
    ids = {"ids": sorted(known)}
    await session.execute(
        text("""
            SELECT FROM report WHERE report_id = ANY(CAST(:ids AS uuid[]))
            ORDER BY report_id FOR UPDATE
        """),
        ids,
    )
    found = await session.execute(
        text(f"""
            SELECT r.report_id, {STANDING} FROM report r {JOINS}
            WHERE r.report_id = ANY(CAST(:ids AS uuid[]))
        """),  # noqa: S608 - both are constants
        ids,
    )
    return {known[row.pop("report_id")]: Standing(**row) for row in map(dict, found.mappings())}


async def add(session: AsyncSession, versions: Sequence[NewVersion]) -> None:
    """Keep new versions of locked reports; the newest of each is its latest."""
    await session.execute(
        text("""
            WITH new AS (SELECT * FROM unnest(
                CAST(:ids AS uuid[]), CAST(:versions AS integer[]), CAST(:numbers AS integer[]),
                CAST(:templates AS integer[]), CAST(:contents AS jsonb[]),
                CAST(:digests AS text[]), CAST(:instants AS timestamptz[]),
                CAST(:firsts AS timestamptz[]), CAST(:people AS text[]),
                CAST(:channels AS text[]), CAST(:events AS uuid[])) AS new (id, version, number,
                template, content, digest, submitted_at, first, person, channel, event)
            ), kept AS (INSERT INTO report_version (report_id, version, submission_no,
                    template_version, content, content_digest, submitted_at, submitted_by,
                    channel, event_id)
                SELECT id, version, number, template, content, digest, submitted_at, person,
                    channel, event
                FROM new
            )
            UPDATE report SET submission_no = number, latest_version = version,
                latest_digest = digest, latest_submitted_at = submitted_at,
                first_submitted_at = first
            FROM (SELECT DISTINCT ON (id) * FROM new ORDER BY id, version DESC) AS latest
            WHERE report_id = id
        """),
        _columns(versions),
    )


def _columns(versions: Sequence[NewVersion]) -> dict[str, list[Any]]:
    return {
        "ids": [new.sent.address.report_id for new in versions],
        "versions": [new.standing.version for new in versions],
        "numbers": [new.standing.submission_no for new in versions],
        "templates": [new.sent.template_version for new in versions],
        "contents": [to_json(new.sent.content.canonical()).decode() for new in versions],
        "digests": [new.sent.digest for new in versions],
        "instants": [new.standing.submitted_at for new in versions],
        "firsts": [new.standing.first_submitted_at for new in versions],
        "people": [new.submitted_by for new in versions],
        "channels": [new.channel for new in versions],
        "events": [new.event_id for new in versions],
    }


async def add_withdrawal(session: AsyncSession, new: NewWithdrawal) -> None:
    """Keep a wish to withdraw a locked report."""
    await session.execute(
        text("""
            WITH kept AS (INSERT INTO withdrawal_request (report_id, submission_no, version,
                    known_decision_no, requested_at, requested_by, event_id)
                VALUES (:id, :number, :version, :known, :requested_at, :requested_by, :event))
            UPDATE report SET submission_no = :number WHERE report_id = :id
        """),
        {
            "id": new.report_id,
            "number": new.standing.submission_no,
            "version": new.standing.version,
            "known": new.standing.decision_no,
            "requested_at": new.requested_at,
            "requested_by": new.requested_by,
            "event": new.event_id,
        },
    )
