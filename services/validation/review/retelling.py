"""Decisions to be told again, each made of its row under the id it was told under."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.operations.retelling import PERIOD, TEMPLATE, WARD, Page, Part, Scope
from contracts.decisions import (
    DECISIONS,
    ApprovalRevoked,
    CheckedAgainst,
    Comment,
    Decision,
    ReportWithdrawn,
    WithdrawalRefused,
)
from contracts.period import Period
from contracts.rules import Outcome
from services.validation.review.report import Report, Sent, announce
from services.validation.rules.domain import Verdict

ANSWERS: Final = (ReportWithdrawn, ApprovalRevoked, WithdrawalRefused)
"""The decisions after which no wish to withdraw is open."""
KINDS: Final = {kind.type: kind for kind in DECISIONS}

TOLD: Final = """
    FROM decision d JOIN report r USING (report_id)
    WHERE (CAST(:ward AS text) IS NULL OR r.ward_code = :ward)
      AND (CAST(:template AS text) IS NULL OR r.template_code = :template)
      AND (CAST(:period AS text) IS NULL OR r.period_code = :period)
      AND (:history OR d.decision_no = r.decision_no OR d.decision_no = (
            SELECT max(answer.decision_no) FROM decision answer
            WHERE answer.report_id = d.report_id AND answer.type = ANY(:answers)))
"""
"""The present state: the newest decision of each report, and the last that answers a wish."""

COUNT = text(f"SELECT d.type, count(*) {TOLD} GROUP BY d.type ORDER BY d.type")

PAGE = text(f"""
    SELECT told.*,
           CAST(row_to_json(latest) AS text) AS latest,
           CAST(row_to_json(counted) AS text) AS counted,
           (SELECT CAST(judged.verdict AS text) FROM decision judged
            WHERE (judged.report_id, judged.decision_no) = (told.report_id, told.verdict_no)
           ) AS outcome,
           (SELECT CAST(judged.checked_against AS text) FROM decision judged
            WHERE (judged.report_id, judged.decision_no) = (told.report_id, told.verdict_no)
           ) AS against
    FROM (SELECT d.*, r.ward_code, r.template_code, r.period_code, r.scheme
          {TOLD} AND (d.report_id, d.decision_no) > (CAST(:report AS uuid), :number)
          ORDER BY d.report_id, d.decision_no LIMIT :most) AS told
    JOIN version latest
        ON (latest.report_id, latest.version) = (told.report_id, told.version)
    LEFT JOIN version counted
        ON (counted.report_id, counted.version) = (told.report_id, told.counted_version)
    ORDER BY told.report_id, told.decision_no
""")  # noqa: S608 - a constant


async def count(session: AsyncSession, scope: Scope) -> Mapping[str, int]:
    """How many decisions there are to tell again."""
    found = await session.execute(COUNT, _asked(scope))
    return {kind: number for kind, number in found}  # noqa: C416 - rows are not pairs


async def page(session: AsyncSession, scope: Scope, place: str, most: int) -> Page:
    """Decisions by report and number; ``place`` is both of the last one told."""
    report, _, number = place.partition("/")
    at = {"report": report or UUID(int=0), "number": int(number or 0), "most": most}
    found = await session.execute(PAGE, _asked(scope) | at)
    rows = found.mappings().all()
    last = f"{rows[-1]['report_id']}/{rows[-1]['decision_no']}" if rows else None
    return Page([(_event(row), row["event_id"]) for row in rows], last)


def _asked(scope: Scope) -> dict[str, Any]:
    answers = [kind.type for kind in ANSWERS]
    return {"history": scope.history, "answers": answers, **scope.chosen}


def _event(row: RowMapping) -> Decision:
    kind = KINDS[row["type"]]
    against = row["against"] and CheckedAgainst.model_validate_json(row["against"])
    outcome = Outcome.model_validate_json(row["outcome"]) if row["outcome"] else Outcome()
    report = Report(
        row["report_id"],
        row["ward_code"],
        row["template_code"],
        Period.parse(row["period_code"], row["scheme"]),
        submission_no=0,
        latest=Sent.model_validate_json(row["latest"]),
        state=row["state"],
        counted=Sent.model_validate_json(row["counted"]) if row["counted"] else None,
        verdict=Verdict(outcome, against, row["verdict_no"]),
        decision_no=row["decision_no"],
        first_passed_submitted_at=row["first_passed_submitted_at"],
    )
    said = {
        "code": row["code"],
        "note": row["note"],
        "comments": tuple(map(Comment.model_validate, row["comments"])),
        "revoked_version": row["decided_on_version"],
    }
    own = {name: value for name, value in said.items() if name in kind.model_fields}
    return announce(report, kind, row["decided_at"], row["decided_by"], **own)


DECIDED: Final = Part("decisions", frozenset({WARD, TEMPLATE, PERIOD}), count, page)
