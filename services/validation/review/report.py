"""A report as the judge knows it, and the event that says all of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self, TypeVar
from uuid import UUID

from pydantic import AwareDatetime

from contracts.decisions import DECISIONS, WAITING, Counted, Decision
from contracts.decoding import assembler
from contracts.event import Contract
from contracts.period import Period
from contracts.reports import ReportSubmitted, Submission
from services.validation.rules.domain import UNJUDGED, Verdict

D = TypeVar("D", bound=Decision)


class Sent(Submission):
    """One version as it came in."""

    template_version: int


SENT: Final = tuple(Sent.model_fields)
"""The names of what is kept of a version."""


class Withdrawal(Contract):
    """A ward's wish to take back what counts, which a person answers."""

    version: int
    requested_at: AwareDatetime
    requested_by: str


@dataclass(frozen=True, slots=True)
class Report:
    """Both tracks of one report: its latest version with a state, and what counts of it."""

    report_id: UUID
    ward_code: str
    template_code: str
    period: Period
    submission_no: int
    """Of the last thing that submission said and the judge took."""
    latest: Sent
    state: str = WAITING
    counted: Sent | None = None
    withdrawal: Withdrawal | None = None
    verdict: Verdict = UNJUDGED
    """Of the rules, on ``latest``."""
    decision_no: int = 0
    first_passed_submitted_at: datetime | None = None
    queued_at: datetime | None = None
    """Since when it waits for a person."""
    least: int = 1
    """The least number that a decision is given now."""

    @classmethod
    def first(cls, event: ReportSubmitted, version: Sent, least: int = 1) -> Self:
        """A report that was never heard of before, by the event that brought its ``version``."""
        return cls(
            event.report_id,
            event.ward_code,
            event.template_code,
            event.period,
            event.submission_no,
            version,
            least=least,
        )

    @property
    def next_no(self) -> int:
        """The number of the next decision."""
        return max(self.decision_no + 1, self.least)

    @property
    def counted_version(self) -> int | None:
        """The version in the city's figures."""
        return self.counted.version if self.counted else None

    @property
    def correction(self) -> bool:
        """Whether an approved version exists that the latest is to replace."""
        return self.counted is not None and self.counted.version != self.latest.version


def sent(event: ReportSubmitted) -> Sent:
    """The version that an event brought."""
    said = vars(event)
    version: Sent = assembler(Sent)({name: said[name] for name in SENT})
    return version


def kind_of(type_: str) -> str:
    """The middle of a decision's type: ``approval-revoked``."""
    return type_.removeprefix("wardline.report.").rpartition(".")[0]


def announce(
    report: Report,
    kind: type[D],
    decided_at: datetime,
    decided_by: str | None = None,
    **said: Any,  # noqa: ANN401 - the members of that kind of decision
) -> D:
    """The event of a decision: the whole state of the report after it; its parts are checked."""
    latest, outcome = report.latest, report.verdict.outcome
    state: dict[str, Any] = {
        **vars(latest),
        "report_id": report.report_id,
        "ward_code": report.ward_code,
        "template_code": report.template_code,
        "period": report.period,
        "decision_no": report.decision_no,
        "decided_at": decided_at,
        "decided_by": decided_by,
        "state": report.state,
        "counted_version": report.counted_version,
        "counted": _counted(report),
        "findings": outcome.findings,
        "findings_omitted": outcome.findings_omitted,
        "checked_against": report.verdict.checked_against,
        "first_passed_submitted_at": report.first_passed_submitted_at,
    }
    event: D = assembler(kind)(_UNSAID[kind] | state | said)
    return event


_UNSAID: Final[Mapping[type[Decision], dict[str, Any]]] = {
    kind: {name: field.default for name, field in kind.model_fields.items()} for kind in DECISIONS
}
"""Every member in its place; what has no default is always said."""


def _counted(report: Report) -> Counted | None:
    if report.counted is None or not report.correction:
        return None
    return Counted.model_validate(report.counted, from_attributes=True)
