"""The judge's SQL: a whole batch in a few statements. Locks are on ``report``, by id."""

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.numbering import LEAST
from contracts.decisions import CheckedAgainst
from contracts.period import Period
from contracts.rules import Outcome
from services.validation.review.models import SCHEMA, ReportRow
from services.validation.review.report import Report, Sent, Withdrawal
from services.validation.review.rows import Rows
from services.validation.rules.domain import Verdict


async def lock(session: AsyncSession, report_ids: Iterable[UUID]) -> dict[UUID, Report]:
    """Those of the reports that exist, locked until the transaction ends.

    Two statements: the second sees what those committed that the first one waited for.
    """
    ids = sorted(set(report_ids), key=attrgetter("int"))
    locked = await session.scalars(
        text("""
            SELECT report_id FROM report WHERE report_id = ANY(CAST(:ids AS uuid[]))
            ORDER BY report_id FOR UPDATE
        """),
        {"ids": ids},
    )
    return await load(session, list(locked))


async def lock_waiting(session: AsyncSession, most: int) -> dict[UUID, Report]:
    """Reports that wait for a template which is there by now; others' locks are left alone."""
    rows = await session.scalars(
        text("""
            SELECT report_id FROM report JOIN version USING (report_id, version)
            WHERE state = 'waiting' AND EXISTS (
                SELECT FROM template
                WHERE code = template_code AND template.version = template_version
            )
            ORDER BY report_id LIMIT :most FOR UPDATE OF report SKIP LOCKED
        """),
        {"most": most},
    )
    return await load(session, list(rows))


async def load(session: AsyncSession, report_ids: Collection[UUID]) -> dict[UUID, Report]:
    """Those of the reports that exist, as they stand."""
    if not report_ids:
        return {}
    rows = await session.execute(
        text(f"""
            SELECT report.*, {LEAST} AS least, CAST(withdrawal AS text) AS wish,
                   CAST(row_to_json(latest) AS text) AS latest,
                   CAST(row_to_json(counted) AS text) AS counted,
                   CAST(verdict AS text) AS outcome,
                   CAST(checked_against AS text) AS against
            FROM report
            JOIN version AS latest
                ON (latest.report_id, latest.version) = (report.report_id, report.version)
            LEFT JOIN version AS counted
                ON (counted.report_id, counted.version)
                    = (report.report_id, report.counted_version)
            LEFT JOIN decision
                ON (decision.report_id, decision.decision_no)
                    = (report.report_id, report.verdict_no)
            WHERE report.report_id = ANY(CAST(:ids AS uuid[]))
        """),  # noqa: S608 - a constant
        {"ids": list(report_ids)},
    )
    return {row["report_id"]: _report(row) for row in rows.mappings()}


def _report(row: RowMapping) -> Report:
    against = row["against"] and CheckedAgainst.model_validate_json(row["against"])
    outcome = Outcome.model_validate_json(row["outcome"]) if row["outcome"] else Outcome()
    return Report(
        row["report_id"],
        row["ward_code"],
        row["template_code"],
        Period.parse(row["period_code"], row["scheme"]),
        row["submission_no"],
        Sent.model_validate_json(row["latest"]),
        row["state"],
        Sent.model_validate_json(row["counted"]) if row["counted"] else None,
        Withdrawal.model_validate_json(row["wish"]) if row["wish"] else None,
        Verdict(outcome, against, row["verdict_no"]),
        row["decision_no"],
        row["first_passed_submitted_at"],
        row["queued_at"],
        row["least"],
    )


async def save_versions(session: AsyncSession, versions: Sequence[tuple[UUID, Sent]]) -> None:
    """Keep what came in; a version that is known already stays as it is."""
    rows = ({"report_id": report, **vars(sent)} for report, sent in versions)
    await session.execute(_ADD_VERSIONS, _VERSIONS.packed(rows))


async def save_new(session: AsyncSession, reports: Sequence[Report]) -> None:
    """Keep reports that nobody heard of before; a conflict is raised, never overwritten."""
    await session.execute(_ADD_REPORTS, _REPORTS.packed(map(_row, reports)))


async def save_known(session: AsyncSession, reports: Sequence[Report]) -> None:
    """Bring locked reports up to date."""
    await session.execute(_UPDATE_REPORTS, _REPORTS.packed(map(_row, reports)))


def _row(report: Report) -> dict[str, object]:
    return {
        "report_id": report.report_id,
        "ward_code": report.ward_code,
        "template_code": report.template_code,
        "period_code": report.period.code,
        "scheme": report.period.scheme,
        "submission_no": report.submission_no,
        "version": report.latest.version,
        "state": report.state,
        "counted_version": report.counted_version,
        "decision_no": report.decision_no,
        "verdict_no": report.verdict.decision_no,
        "withdrawal": report.withdrawal,
        "first_passed_submitted_at": report.first_passed_submitted_at,
        "queued_at": report.queued_at,
    }


_VERSIONS = Rows(f"{SCHEMA}.version", ("report_id", *Sent.model_fields))
_REPORTS = Rows(f"{SCHEMA}.report", tuple(ReportRow.model_fields))
_ADD_VERSIONS = _VERSIONS.insertion("ON CONFLICT DO NOTHING")
_ADD_REPORTS = _REPORTS.insertion()
_UPDATE_REPORTS = text(f"""
    UPDATE report
    SET submission_no = now.submission_no, version = now.version, state = now.state,
        counted_version = now.counted_version, decision_no = now.decision_no,
        verdict_no = now.verdict_no, withdrawal = now.withdrawal,
        first_passed_submitted_at = now.first_passed_submitted_at, queued_at = now.queued_at
    FROM {_REPORTS.source} AS now ({", ".join(ReportRow.model_fields)})
    WHERE report.report_id = now.report_id
""")  # noqa: S608 - names are constants
