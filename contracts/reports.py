"""What the submission service announces about reports."""

from typing import ClassVar
from uuid import UUID, uuid5

from pydantic import AwareDatetime
from pydantic import Field as Constrained

from contracts.content import Content
from contracts.event import Contract, Event
from contracts.period import Period

REPORTS = UUID("0d9a5e0e-7f3b-5c55-9a35-6c9d1f1f0168")
"""Namespace of report ids."""

PORTAL, API, BULK, PARTNER = "portal", "api", "bulk", "partner"
"""Known channels by which a report came in."""


def report_id(ward: str, template: str, period: str) -> UUID:
    """The id of a ward's report on one template for one period, the same for ever."""
    return uuid5(REPORTS, f"{ward}/{template}/{period}")


class ReportIdentity(Contract):
    """Which report an event is about."""

    report_id: UUID
    ward_code: str = Constrained(pattern=r"^[0-9]{5}$")
    template_code: str
    template_version: int
    period: Period


class Submission(Contract):
    """One version of a report as it came in; ``submitted_at`` is the instant of receipt."""

    version: int = Constrained(ge=1)
    content: Content
    content_digest: str
    submitted_at: AwareDatetime
    first_submitted_at: AwareDatetime
    """When the first version of this report came in."""
    submitted_by: str
    """The opaque subject id of who sent it."""
    channel: str
    signed_off_by: str | None = None


class SubmissionEvent(ReportIdentity, Event):
    """Anything that submission says about one report, in the order it says it."""

    topic: ClassVar[str] = "submission.reports"
    source: ClassVar[str] = "/submission"

    submission_no: int = Constrained(ge=1)
    """Submission's own counter for this report: each event one more."""

    @property
    def key(self) -> str:
        """The report's id."""
        return str(self.report_id)

    @property
    def sequence(self) -> int:
        """The submission number."""
        return self.submission_no


class ReportSubmitted(Submission, SubmissionEvent):
    """A ward sent a report, or a new version of it."""

    type: ClassVar[str] = "wardline.report.submitted.v1"


class ReportWithdrawalRequested(SubmissionEvent):
    """A ward asks to take its report back; validation decides."""

    type: ClassVar[str] = "wardline.report.withdrawal-requested.v1"

    version: int = Constrained(ge=1)
    """The latest version when it was asked."""
    requested_at: AwareDatetime
    requested_by: str
