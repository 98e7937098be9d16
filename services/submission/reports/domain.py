"""What makes a report acceptable, and what sending or taking it back means where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

from pydantic_core import to_json

from contracts import decisions, reports, structure
from contracts.content import Content
from contracts.period import Period, PeriodError
from contracts.template import Template
from services.submission.reports import refusals
from services.submission.reports.refusals import Refused

MOST_BYTES: Final = 160 * 1024
"""Of one content as an event carries it: an event may carry two and stays below 400 KB."""

KEPT: Final = {decisions.RECEIVED, decisions.WAITING, decisions.IN_REVIEW, decisions.APPROVED}
"""States in which the same content again is the same version."""

GONE: Final = {decisions.REVOKED, decisions.WITHDRAWN}
"""States in which nothing of the latest version is left to take back."""

ANSWERS: Final = (
    decisions.ReportWithdrawn,
    decisions.ApprovalRevoked,
    decisions.WithdrawalRefused,
)
"""The decisions that answer a wish to withdraw."""

UNSHOWN: Final = {
    "report_id",
    "ward_code",
    "template_code",
    "template_version",
    "period",
    "content",
    "content_digest",
    "counted",
}
"""What of a decision its ward knows from its report."""


class Address(NamedTuple):
    """Which report: a ward's, on one template, for one period."""

    ward: str
    template: str
    period: str

    @property
    def report_id(self) -> UUID:
        """The same for ever."""
        return reports.report_id(*self)


@dataclass(frozen=True, slots=True)
class Sent:
    """A report whose form is sound, ready to be kept."""

    address: Address
    period: Period
    template_version: int
    content: Content
    digest: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a report stands: the latest version here, and what was decided as far as is known."""

    submission_no: int = 0
    version: int = 0
    digest: str = ""
    submitted_at: datetime | None = None
    first_submitted_at: datetime | None = None
    decision_no: int = 0
    decided_version: int = 0
    decided_state: str = decisions.RECEIVED
    counted_version: int | None = None
    withdrawing: bool = False
    """A withdrawal was asked for and is not answered yet."""
    least: int = 1
    """The least number that is given now."""

    @property
    def state(self) -> str:
        """The state of the latest version; nobody has judged it yet while it is received."""
        return self.decided_state if self.decided_version >= self.version else decisions.RECEIVED

    def holds(self, digest: str) -> bool:
        """Whether this content is the latest version already, and still on its way.

        After a withdrawal was asked for it is not: sending again means to report after all.
        """
        return self.digest == digest and self.state in KEPT and not self.withdrawing

    def sent(self, digest: str, now: datetime) -> Self:
        """The standing once new content is kept."""
        return replace(
            self,
            submission_no=self._next(self.submission_no),
            version=self._next(self.version),
            digest=digest,
            submitted_at=now,
            first_submitted_at=self.first_submitted_at or now,
            withdrawing=False,
        )

    def withdrawn(self) -> Self:
        """The standing once a wish to withdraw is kept.

        Raises:
            Refused: ``withdrawal-pending`` or ``nothing-to-withdraw``.
        """
        if refused := self.cannot_withdraw():
            raise refused
        return replace(self, submission_no=self._next(self.submission_no), withdrawing=True)

    def _next(self, number: int) -> int:
        return max(number + 1, self.least)

    def cannot_withdraw(self) -> Refused | None:
        """Why there is nothing to take back, if so."""
        if self.withdrawing:
            return refusals.withdrawal_pending()
        if self.version == 0 or (self.state in GONE and self.counted_version is None):
            return refusals.nothing_to_withdraw()
        return None


def period_of(versions: Sequence[Template], code: str) -> Period:
    """The period of that code under the template's scheme, which no version changes.

    Raises:
        Refused: ``unknown-period``.
    """
    try:
        return Period.parse(code, versions[0].scheme)
    except PeriodError:
        raise refusals.unknown_period() from None


def template_for(versions: Sequence[Template], period: Period) -> Template:
    """The newest version that is in force when the period ends.

    Raises:
        Refused: ``template-not-valid`` or ``period-not-offered``.
    """
    valid = [template for template in versions if template.valid_from <= period.ends_on]
    newest = max(valid or versions, key=lambda template: template.version)
    if period.frequency not in newest.frequencies:
        raise refusals.period_not_offered()
    if not valid:
        raise refusals.template_not_valid(min(template.valid_from for template in versions))
    return newest


def require_open(period: Period, today: date) -> None:
    """Raise `Refused` ``period-not-open`` before the period's first day."""
    if today < period.opens_on:
        raise refusals.period_not_open(period.opens_on)


def read(address: Address, period: Period, template: Template, body: object) -> Sent:
    """A body that is sound in form and not too large.

    Raises:
        Refused: ``invalid-report`` with every field that is wrong, or ``report-too-large``.
    """
    content, problems = structure.read(template, body)
    if problems:
        raise refusals.invalid_report(problems)
    if len(to_json(content)) > MOST_BYTES:
        raise refusals.report_too_large(MOST_BYTES)
    return Sent(address, period, template.version, content, content.digest)


def shown(decision: decisions.Decision) -> dict[str, Any]:
    """A decision as its ward sees it; ``kind`` is the middle of its type: ``returned``."""
    kind = decision.type.removeprefix("wardline.report.").rpartition(".")[0]
    return {"kind": kind, **decision.model_dump(mode="json", exclude=UNSHOWN)}
