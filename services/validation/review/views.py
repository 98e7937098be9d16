"""The queue and its reports as people see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel
from pydantic_core import from_json
from sqlalchemy import RowMapping

from chassis import actions
from chassis.actions import Action
from chassis.periods import PeriodView
from chassis.security import ANOTHER_ROLE, REVIEWER, Identity
from contracts.content import Content
from contracts.decisions import CheckedAgainst, Finding
from contracts.period import Period
from contracts.rules import Skipped
from services.validation.review import permission, places
from services.validation.review.docket import Docket
from services.validation.review.history import PastDecision
from services.validation.review.places import Change
from services.validation.review.report import Report, Sent, Withdrawal
from services.validation.rules.domain import Verdict


class QueueItem(BaseModel):
    """One report in the list; ``findings`` counts them by severity.

    ``age_seconds`` is how long it has waited for a person, or since it came in.
    """

    report_id: UUID
    ward_code: str
    template_code: str
    template_version: int
    period: PeriodView
    version: int
    state: str
    counted_version: int | None
    correction: bool
    withdrawal_requested: bool
    findings: dict[str, int]
    decision_no: int
    channel: str
    submitted_at: AwareDatetime
    first_submitted_at: AwareDatetime
    queued_at: AwareDatetime | None
    age_seconds: int

    @classmethod
    def of(cls, row: RowMapping, now: datetime) -> Self:
        """A row of the queue at an instant."""
        counted = row["counted_version"]
        return cls(
            **{name: row[name] for name in cls.model_fields.keys() & row.keys()},
            period=PeriodView.of(Period.parse(row["period_code"], row["scheme"])),
            correction=counted is not None and counted != row["version"],
            findings=from_json(row["severities"] or "{}"),
            age_seconds=max(0, int((now - row["since"]).total_seconds())),
        )


class RulesView(BaseModel):
    """What the rules say, and the version of the period before that they compared with."""

    findings: tuple[Finding, ...]
    findings_omitted: int
    skipped: tuple[Skipped, ...]
    checked_against: CheckedAgainst | None

    @classmethod
    def of(cls, verdict: Verdict) -> Self:
        """The verdict without what only the judge needs."""
        outcome = verdict.outcome
        return cls(
            findings=outcome.findings,
            findings_omitted=outcome.findings_omitted,
            skipped=outcome.skipped,
            checked_against=verdict.checked_against,
        )


class Differences(BaseModel):
    """What changed since a version that reviewers know."""

    version: int
    items: list[Change]


class Standing(BaseModel):
    """Both tracks of a report after a decision, and what may be done next."""

    report_id: UUID
    decision_no: int
    version: int
    state: str
    counted_version: int | None
    withdrawal: Withdrawal | None
    allowed_actions: list[Action]


class ReviewView(Standing, RulesView):
    """All that a reviewer needs to decide on one report.

    ``rechecked`` is there when what counts of the period before is no longer what the rules
    compared with: what they would say now. ``changes`` is null for a first version.
    """

    ward_code: str
    template_code: str
    template_version: int
    period: PeriodView
    submission_no: int
    content: Content
    content_digest: str
    submitted_at: AwareDatetime
    first_submitted_at: AwareDatetime
    first_passed_submitted_at: AwareDatetime | None
    submitted_by: str
    channel: str
    signed_off_by: str | None
    queued_at: AwareDatetime | None
    rechecked: RulesView | None
    changes: Differences | None
    history: list[PastDecision]


def standing(docket: Docket, report: Report, caller: Identity) -> Standing:
    """Where a report stands, for someone."""
    return Standing(**_standing(docket, report, caller))


def review(
    docket: Docket,
    report: Report,
    known: Sent | None,
    history: Sequence[PastDecision],
    caller: Identity,
) -> ReviewView:
    """Everything about a report; ``known`` is the version that reviewers know."""
    verdict, latest = docket.rechecked(report), dict(report.latest)
    return ReviewView(
        **{**latest, **_standing(docket, report, caller), **dict(RulesView.of(report.verdict))},
        ward_code=report.ward_code,
        template_code=report.template_code,
        period=PeriodView.of(report.period),
        submission_no=report.submission_no,
        first_passed_submitted_at=report.first_passed_submitted_at,
        queued_at=report.queued_at,
        rechecked=None if verdict is report.verdict else RulesView.of(verdict),
        changes=_differences(docket, report, known) if known else None,
        history=list(history),
    )


def _differences(docket: Docket, report: Report, known: Sent) -> Differences:
    template = docket.template(report)
    found = places.changes(template, known.content, report.latest.content)
    return Differences(version=known.version, items=found)


def _standing(docket: Docket, report: Report, caller: Identity) -> dict[str, Any]:
    return {
        "report_id": report.report_id,
        "decision_no": report.decision_no,
        "version": report.latest.version,
        "state": report.state,
        "counted_version": report.counted_version,
        "withdrawal": report.withdrawal,
        "allowed_actions": allowed_actions(docket, report, caller),
    }


def allowed_actions(docket: Docket, report: Report, caller: Identity) -> list[Action]:
    """What someone may do with a report now, and why not the rest."""
    if REVIEWER not in caller.roles:
        return [actions.refused(name, "another-role", ANOTHER_ROLE) for name in permission.ACTIONS]
    verdict = docket.rechecked(report)
    found = []
    for name in permission.ACTIONS:
        refused = permission.refusal(report, name, caller.subject, verdict)
        no = refused and actions.refused(name, refused.code, refused.message)
        found.append(no or actions.allowed(name))
    return found
