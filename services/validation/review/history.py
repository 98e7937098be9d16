"""The SQL of decisions: one append-only row for each, with the id of the event that tells it."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.decisions import Comment
from services.validation.review.domain import Step
from services.validation.review.models import SCHEMA, DecisionRow
from services.validation.review.report import Report, Sent, kind_of
from services.validation.review.rows import Rows


class PastDecision(BaseModel):
    """Who decided what and when, as it is shown; ``decided_by`` is null where rules did."""

    decision_no: int
    kind: Annotated[str, AfterValidator(kind_of)]
    version: int
    state: str
    counted_version: int | None
    code: str | None
    note: str
    comments: list[Comment]
    decided_by: str | None
    decided_at: AwareDatetime


async def save(session: AsyncSession, told: Sequence[tuple[Step, UUID]]) -> None:
    """Keep decisions, each with the id of its event."""
    await session.execute(_ADD, _ROWS.packed(_row(step, event_id) for step, event_id in told))


def _row(step: Step, event_id: UUID) -> dict[str, Any]:
    report, event = step
    verdict, said = report.verdict, vars(event)
    its_own = verdict.decision_no == event.decision_no
    return {
        "report_id": event.report_id,
        "decision_no": event.decision_no,
        "event_id": event_id,
        "type": event.type,
        "version": event.version,
        "state": event.state,
        "counted_version": event.counted_version,
        "decided_on_version": said.get("revoked_version", event.version),
        "decided_at": event.decided_at,
        "decided_by": event.decided_by,
        "code": said.get("code"),
        "note": said.get("note", ""),
        "comments": said.get("comments", ()),
        "verdict_no": verdict.decision_no,
        "verdict": verdict.outcome if its_own else None,
        "checked_against": verdict.checked_against if its_own else None,
        "first_passed_submitted_at": event.first_passed_submitted_at,
    }


_ROWS = Rows(f"{SCHEMA}.decision", tuple(DecisionRow.model_fields))
_ADD = _ROWS.insertion()


async def of(session: AsyncSession, report_id: UUID) -> list[PastDecision]:
    """Every decision on a report, the newest first."""
    rows = await session.scalars(
        text("""
            SELECT CAST(row_to_json(past) AS text) FROM (
                SELECT decision_no, type AS kind, decided_on_version AS version, state,
                       counted_version, code, note, comments, decided_by, decided_at
                FROM decision WHERE report_id = :id ORDER BY decision_no DESC
            ) AS past
        """),
        {"id": report_id},
    )
    return [PastDecision.model_validate_json(row) for row in rows]


async def before(session: AsyncSession, report: Report) -> Sent | None:
    """The version that reviewers know: the last one a person decided on, else the counted one."""
    row = await session.scalar(
        text("""
            SELECT CAST(row_to_json(known) AS text) FROM version AS known
            WHERE report_id = :id AND version = (
                SELECT max(decided_on_version) FROM decision
                WHERE report_id = :id AND decided_by IS NOT NULL
                  AND decided_on_version < :latest
            )
        """),
        {"id": report.report_id, "latest": report.latest.version},
    )
    if row:
        return Sent.model_validate_json(row)
    return report.counted if report.correction else None
