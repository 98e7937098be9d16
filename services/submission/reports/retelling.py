"""What wards sent and asked, to be told again: each event with the id it was told under."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.operations.retelling import PERIOD, TEMPLATE, WARD, Page, Part, Scope
from contracts.content import Content
from contracts.period import Period
from contracts.reports import ReportSubmitted, ReportWithdrawalRequested

SAID: Final = """
    FROM (
        SELECT report_id, submission_no, version, event_id, NULL AS known_decision_no,
               NULL AS requested_at, NULL AS requested_by FROM report_version
        UNION ALL
        SELECT report_id, submission_no, version, event_id, known_decision_no,
               requested_at, requested_by FROM withdrawal_request
    ) AS said
    JOIN report r USING (report_id)
    JOIN report_version v USING (report_id, version)
    LEFT JOIN report_status s USING (report_id)
    LEFT JOIN withdrawal_answer a USING (report_id)
    WHERE (CAST(:ward AS text) IS NULL OR r.ward_code = :ward)
      AND (CAST(:template AS text) IS NULL OR r.template_code = :template)
      AND (CAST(:period AS text) IS NULL OR r.period_code = :period)
      AND (:history OR CASE WHEN requested_at IS NULL
            THEN said.version IN (r.latest_version, s.counted_version)
            ELSE said.submission_no = r.submission_no
                 AND known_decision_no >= coalesce(a.decision_no, 0) END)
"""
"""The present state: the latest version, the one that counts, a wish that nobody answered."""

COUNT = text(f"SELECT count(*) FILTER (WHERE requested_at IS NULL), count(requested_at) {SAID}")

PAGE = text(f"""
    SELECT said.report_id, said.submission_no, said.event_id, requested_at, requested_by,
           r.ward_code, r.template_code, r.period_code, r.period_scheme, r.first_submitted_at,
           v.version, v.template_version, CAST(v.content AS text) AS content, v.content_digest,
           v.submitted_at, v.submitted_by, v.channel
    {SAID} AND (said.report_id, said.submission_no) > (CAST(:report AS uuid), :number)
    ORDER BY said.report_id, said.submission_no LIMIT :most
""")

SUBMITTED: Final = (
    *("version", "content_digest", "submitted_at", "first_submitted_at", "submitted_by"),
    "channel",
)


async def count(session: AsyncSession, scope: Scope) -> Mapping[str, int]:
    """How many events there are to tell again."""
    found = await session.execute(COUNT, {"history": scope.history, **scope.chosen})
    versions, wishes = found.one()
    return {ReportSubmitted.type: versions, ReportWithdrawalRequested.type: wishes}


async def page(session: AsyncSession, scope: Scope, place: str, most: int) -> Page:
    """Events by report and submission number; ``place`` is both of the last one told."""
    report, _, number = place.partition("/")
    found = await session.execute(
        PAGE,
        {
            "history": scope.history,
            "report": report or UUID(int=0),
            "number": int(number or 0),
            "most": most,
            **scope.chosen,
        },
    )
    rows = found.mappings().all()
    last = f"{rows[-1]['report_id']}/{rows[-1]['submission_no']}" if rows else None
    return Page([(_event(row), row["event_id"]) for row in rows], last)


def _event(row: RowMapping) -> ReportSubmitted | ReportWithdrawalRequested:
    about: dict[str, Any] = {
        "report_id": row["report_id"],
        "ward_code": row["ward_code"],
        "template_code": row["template_code"],
        "template_version": row["template_version"],
        "period": Period.parse(row["period_code"], row["period_scheme"]),
        "submission_no": row["submission_no"],
    }
    if row["requested_at"]:
        asked = {name: row[name] for name in ("version", "requested_at", "requested_by")}
        return ReportWithdrawalRequested(**about, **asked)
    content = Content.model_validate_json(row["content"])
    return ReportSubmitted(**about, **{name: row[name] for name in SUBMITTED}, content=content)


REPORTS: Final = Part("reports", frozenset({WARD, TEMPLATE, PERIOD}), count, page)
