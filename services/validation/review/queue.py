"""The SQL of the review queue: what waits for a person, oldest first, and how much of it."""

from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import metrics
from chassis.unit import Unit

WITHDRAWAL_REQUESTED = "withdrawal-requested"
"""Asks for what counts and its ward wants back, whatever the state of the latest version."""


class Filters(BaseModel):
    """Which reports to list; without a state those that wait for a person."""

    state: str | None = None
    template: str | None = None
    period: str | None = None
    ward: str | None = None


class Waiting(BaseModel):
    """What waits on one template."""

    template_code: str
    in_review: int
    corrections: int
    """Of those in review: they are to replace a version that counts."""
    with_warnings: int
    withdrawal_requests: int
    oldest_queued_at: AwareDatetime | None


_LISTED = """
    SELECT * FROM (
        SELECT report.report_id, ward_code, template_code, template_version, period_code, scheme,
               report.version, report.state, report.counted_version, submission_no,
               report.decision_no, withdrawal IS NOT NULL AS withdrawal_requested,
               submitted_at, first_submitted_at, channel, queued_at,
               coalesce(queued_at, submitted_at) AS since,
               CAST(verdict -> 'severities' AS text) AS severities
        FROM report JOIN version USING (report_id, version)
        LEFT JOIN decision ON decision.report_id = report.report_id
            AND decision.decision_no = report.verdict_no
    ) AS known
    WHERE {standing}
      AND (CAST(:template AS text) IS NULL OR template_code = :template)
      AND (CAST(:period AS text) IS NULL OR period_code = :period)
      AND (CAST(:ward AS text) IS NULL OR ward_code = :ward)
      AND (CAST(:since AS timestamptz) IS NULL
           OR (since, report_id) > (:since, CAST(:id AS uuid)))
    ORDER BY since, report_id LIMIT :most
"""
_STANDING: Final = {None: "queued_at IS NOT NULL", WITHDRAWAL_REQUESTED: "withdrawal_requested"}


async def listed(
    session: AsyncSession, filters: Filters, after: tuple[datetime, UUID] | None, most: int
) -> list[RowMapping]:
    """Reports by how long they have waited; the id decides between equals."""
    standing = _STANDING.get(filters.state, "state = :state")
    since, report_id = after or (None, None)
    rows = await session.execute(
        text(_LISTED.format(standing=standing)),
        {**filters.model_dump(), "since": since, "id": report_id, "most": most},
    )
    return list(rows.mappings())


async def measure(unit: Unit) -> None:
    """A job: tell metrics what waits for a person, and for how long."""
    rows = await unit.session.execute(
        text("""
            SELECT code, count(report_id) AS reports, min(queued_at) AS oldest
            FROM (SELECT DISTINCT code FROM template) AS known LEFT JOIN report
                ON template_code = code AND queued_at IS NOT NULL
            GROUP BY code
        """)
    )
    for row in rows:
        age = (unit.now - row.oldest).total_seconds() if row.oldest else 0
        metrics.REPORTS_AWAITING_REVIEW.labels(row.code).set(row.reports)
        metrics.REVIEW_AGE.labels(row.code).set(age)


async def summary(session: AsyncSession, period: str | None) -> list[Waiting]:
    """What waits, by template."""
    rows = await session.execute(
        text("""
            SELECT template_code,
                   count(*) FILTER (WHERE report.state = 'in-review') AS in_review,
                   count(*) FILTER (WHERE report.state = 'in-review'
                                    AND report.counted_version IS NOT NULL) AS corrections,
                   count(*) FILTER (WHERE report.state = 'in-review'
                                    AND verdict -> 'severities' ? 'W') AS with_warnings,
                   count(withdrawal) AS withdrawal_requests,
                   min(queued_at) AS oldest_queued_at
            FROM report LEFT JOIN decision
                ON decision.report_id = report.report_id
               AND decision.decision_no = report.verdict_no
            WHERE queued_at IS NOT NULL
              AND (CAST(:period AS text) IS NULL OR period_code = :period)
            GROUP BY template_code ORDER BY template_code
        """),
        {"period": period},
    )
    return [Waiting(**row) for row in rows.mappings()]
