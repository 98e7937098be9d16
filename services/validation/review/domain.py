"""The state machine of a report: what each thing said about it makes of it. Pure."""

from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from contracts.decisions import (
    APPROVED,
    IN_REVIEW,
    RETURNED,
    REVOKED,
    WAITING,
    WITHDRAWN,
    WITHDRAWN_BY_WARD,
    ApprovalRevoked,
    Comment,
    Decision,
    ReportApproved,
    ReportPassedRules,
    ReportReturned,
    ReportWithdrawn,
    WithdrawalRefused,
)
from contracts.reports import ReportSubmitted, ReportWithdrawalRequested
from contracts.template import AUTOMATIC
from services.validation.review.report import Report, Sent, Withdrawal, announce
from services.validation.rules.domain import UNJUDGED, Verdict


class Step(NamedTuple):
    """A report after a decision, and the event that tells it."""

    report: Report
    event: Decision


class Note(NamedTuple):
    """Who decides, when, and what they say to the ward."""

    by: str
    at: datetime
    text: str = ""
    code: str = ""
    comments: tuple[Comment, ...] = ()


def take(report: Report | None, event: ReportSubmitted, version: Sent, least: int = 1) -> Report:
    """The report with a new latest version, not judged yet; what counts still counts.

    Sending again takes back a wish to withdraw: the ward reports after all.
    """
    if report is None:
        return Report.first(event, version, least)
    return replace(
        report,
        submission_no=event.submission_no,
        latest=version,
        state=WAITING,
        withdrawal=None,
        verdict=UNJUDGED,
        queued_at=None,
    )


def judged(report: Report, verdict: Verdict, review: str, now: datetime) -> Step:
    """Let the rules' verdict decide: returned, approved at once, or in review."""
    number, outcome = report.next_no, verdict.outcome
    became: dict[str, Any] = {
        "decision_no": number,
        "verdict": Verdict(outcome, verdict.checked_against, number),
    }
    if outcome.returns:
        after = replace(report, state=RETURNED, **became)
        return Step(after, announce(after, ReportReturned, now, code=outcome.returns))
    first = report.first_passed_submitted_at or report.latest.submitted_at
    became["first_passed_submitted_at"] = first
    if review == AUTOMATIC and outcome.clean:
        after = replace(report, state=APPROVED, counted=report.latest, **became)
        return Step(after, announce(after, ReportApproved, now))
    after = replace(report, state=IN_REVIEW, queued_at=now, **became)
    return Step(after, announce(after, ReportPassedRules, now))


def asked_back(
    report: Report, event: ReportWithdrawalRequested, now: datetime
) -> tuple[Report, Decision | None]:
    """Withdraw what does not count; what counts waits for a person."""
    report = replace(report, submission_no=event.submission_no)
    if report.counted:
        wish = Withdrawal.model_validate(event, from_attributes=True)
        return replace(report, withdrawal=wish, queued_at=report.queued_at or now), None
    after = _next(report, state=WITHDRAWN, withdrawal=None, queued_at=None)
    return Step(after, announce(after, ReportWithdrawn, now))


def approve(report: Report, note: Note, verdict: Verdict) -> Step:
    """The latest version counts; ``verdict`` is the rules' newest on it."""
    after = _next(report, state=APPROVED, counted=report.latest)
    if verdict is not report.verdict:
        after = replace(after, verdict=replace(verdict, decision_no=after.decision_no))
    return _told(after, ReportApproved, note, note=note.text)


def give_back(report: Report, note: Note) -> Step:
    """The latest version goes back to its ward."""
    after = _next(report, state=RETURNED)
    return _told(
        after, ReportReturned, note, code=note.code, note=note.text, comments=note.comments
    )


def revoke(report: Report, note: Note) -> Step:
    """Nothing counts any more; a correction in review stays there."""
    state = report.state if report.correction else REVOKED
    after = _next(report, state=state, counted=None)
    return _uncounted(report, after, note, note.code)


def withdraw(report: Report, note: Note) -> Step:
    """The ward takes its report back: nothing counts, and nothing is left to review."""
    after = _next(report, state=WITHDRAWN, counted=None)
    return _uncounted(report, after, note, WITHDRAWN_BY_WARD)


def refuse_withdrawal(report: Report, note: Note) -> Step:
    """What counts goes on counting, against the ward's wish."""
    after = _next(report, withdrawal=None)
    return _told(after, WithdrawalRefused, note, note=note.text)


def _uncounted(before: Report, after: Report, note: Note, code: str) -> Step:
    after = replace(after, withdrawal=None)
    gone = before.counted_version
    return _told(after, ApprovalRevoked, note, code=code, note=note.text, revoked_version=gone)


def _told(
    after: Report,
    kind: type[Decision],
    note: Note,
    /,
    **said: Any,  # noqa: ANN401 - the members of that kind of decision
) -> Step:
    """The step of a person's decision; it leaves the queue unless something still waits."""
    waits = after.state == IN_REVIEW or after.withdrawal is not None
    after = replace(after, queued_at=after.queued_at if waits else None)
    return Step(after, announce(after, kind, note.at, note.by, **said))


def _next(report: Report, **changes: object) -> Report:
    return replace(report, decision_no=report.next_no, **changes)  # type: ignore[arg-type] # fields of it
