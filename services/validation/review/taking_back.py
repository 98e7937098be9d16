"""Decisions read back from validation's own topic, after a restore that lost them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from chassis.operations.own_topics import Told
from chassis.unit import Received, Unit
from contracts.decisions import (
    DECISIONS,
    IN_REVIEW,
    ApprovalRevoked,
    Decision,
    ReportWithdrawn,
    WithdrawalRefused,
)
from contracts.reports import ReportSubmitted, ReportWithdrawalRequested
from contracts.rules import Outcome
from services.validation.review import history, repository
from services.validation.review.domain import Step
from services.validation.review.report import Report, Sent
from services.validation.rules.domain import Verdict

ANSWERS = (ReportWithdrawn, ApprovalRevoked, WithdrawalRefused)


class Said(NamedTuple):
    """What submission said of a report: a version, or at that instant a wish to withdraw."""

    submission_no: int
    version: int
    asked_at: datetime | None


class DecisionsBack:
    """First hears what submission said, then takes decisions back and notes what they answer."""

    def __init__(self) -> None:
        self._said: dict[UUID, list[Said]] = defaultdict(list)

    async def __call__(self, events: Sequence[Received[Any]], unit: Unit) -> int:
        """Keep the decisions that are missing; how many they were."""
        for event in (received.event for received in events):
            if isinstance(event, ReportSubmitted):
                said = Said(event.submission_no, event.version, None)
                self._said[event.report_id].append(said)
            elif isinstance(event, ReportWithdrawalRequested):
                said = Said(event.submission_no, event.version, event.requested_at)
                self._said[event.report_id].append(said)
        made = [received for received in events if isinstance(received.event, Decision)]
        return await self._take_back(made, unit) if made else 0

    async def _take_back(self, made: Sequence[Received[Any]], unit: Unit) -> int:
        reports = await repository.lock(unit.session, [e.event.report_id for e in made])
        known = set(reports)
        steps: list[tuple[Step, UUID]] = []
        for received in sorted(made, key=lambda e: (e.event.key, e.event.sequence)):
            before = reports.get(received.event.report_id)
            if before is None or received.event.decision_no > before.decision_no:
                after = self._after(before, received.event)
                reports[after.report_id] = after
                steps.append((Step(after, received.event), received.id))
        if steps:
            changed = {step.report.report_id for step, _ in steps}
            rows = [(step.report.report_id, step.report.latest) for step, _ in steps]
            await repository.save_versions(unit.session, rows)
            await repository.save_new(unit.session, [reports[r] for r in sorted(changed - known)])
            await repository.save_known(unit.session, [reports[r] for r in sorted(changed & known)])
            await history.save(unit.session, steps)
        return len(steps)

    def _after(self, before: Report | None, event: Decision) -> Report:
        latest = Sent.model_validate(event, from_attributes=True)
        same = before is not None and before.latest.version == event.version
        wish = before.withdrawal if before and same and not isinstance(event, ANSWERS) else None
        since = before.queued_at if before and same else None
        waits = event.state == IN_REVIEW or wish is not None
        return Report(
            event.report_id,
            event.ward_code,
            event.template_code,
            event.period,
            max(self._heard(event), before.submission_no if before else 0),
            latest,
            event.state,
            _counted(event, latest),
            wish,
            Verdict(_outcome(event), event.checked_against, event.decision_no),
            event.decision_no,
            event.first_passed_submitted_at,
            (since or event.decided_at) if waits else None,
        )

    def _heard(self, event: Decision) -> int:
        """The last thing submission said that this decision knows of."""
        return max(
            (
                said.submission_no
                for said in self._said[event.report_id]
                if said.version <= event.version
                and (
                    said.asked_at is None
                    or (isinstance(event, ANSWERS) and said.asked_at <= event.decided_at)
                )
            ),
            default=event.version,
        )


def _counted(event: Decision, latest: Sent) -> Sent | None:
    """The version that counts; who sent it is known from its own row, which is kept."""
    if event.counted_version is None or event.counted is None:
        return latest if event.counted_version else None
    return Sent.model_validate({**dict(latest), **dict(event.counted)})


def _outcome(event: Decision) -> Outcome:
    """What the rules found, as far as the event says: not what they left out."""
    by_rules = event.decided_by is None
    return Outcome(
        findings=event.findings,
        findings_omitted=event.findings_omitted,
        severities=dict(Counter(finding.severity for finding in event.findings)),
        returns=getattr(event, "code", None) if by_rules else None,
    )


TOLD = Told(
    topics=("submission.reports", "validation.reports"),
    numbered=DECISIONS,
    highest="SELECT max(decision_no) FROM report",
    taking_back=DecisionsBack,
)
