"""What the validation service announces: the only judge of a report's state."""

from typing import ClassVar, Final

from pydantic import AwareDatetime
from pydantic import Field as Constrained

from contracts.content import Content
from contracts.event import Contract, Event
from contracts.reports import ReportIdentity, Submission
from contracts.template import Text

RECEIVED, WAITING, RETURNED, IN_REVIEW = "received", "waiting", "returned", "in-review"
APPROVED, REVOKED, WITHDRAWN = "approved", "revoked", "withdrawn"
"""Known states of the latest version."""

RULE_ERRORS, EXPLANATION_MISSING = "rule-errors", "explanation-missing"
WRONG_FIGURES, WRONG_PERIOD, INCONSISTENT = "wrong-figures", "wrong-period", "inconsistent"
EVIDENCE_MISSING, OTHER = "evidence-missing", "other"
WITHDRAWN_BY_WARD = "withdrawn-by-ward"
"""Known reason codes; the first two are the rules', the others a reviewer's."""

MOST_FINDINGS = 100
"""An event carries so many findings at most and counts the others."""


class Finding(Contract):
    """What a rule found in a report.

    ``severity`` is ``E`` (returns the report), ``W``, ``info`` or ``system`` (the rule
    itself failed). ``pointers`` name the fields; ``params`` are the numbers in the message.
    """

    rule: str
    severity: str
    pointers: tuple[str, ...]
    row_key: str | None = None
    params: dict[str, str | int | None] = {}
    message: Text
    explanation: str | None = None


class CheckedAgainst(ReportIdentity):
    """The version of the previous period's report that the rules compared with."""

    version: int


class Counted(Contract):
    """The version that counts in the city's figures while another one is the latest."""

    version: int
    template_version: int
    content: Content
    content_digest: str
    submitted_at: AwareDatetime


class Comment(Contract):
    """A reviewer's remark on one field."""

    pointer: str
    text: str


class Decision(ReportIdentity, Submission, Event):
    """A report's whole state after a decision; ``state`` is that of ``version``."""

    topic: ClassVar[str] = "validation.reports"
    source: ClassVar[str] = "/validation"

    decision_no: int = Constrained(ge=1)
    """Validation's own counter for this report."""
    decided_at: AwareDatetime
    decided_by: str | None = None
    """The opaque subject id of who decided; null when the rules did."""
    state: str
    counted_version: int | None = None
    counted: Counted | None = None
    """The counted content when it is not that of ``version``."""
    findings: tuple[Finding, ...] = ()
    findings_omitted: int = 0
    checked_against: CheckedAgainst | None = None
    first_passed_submitted_at: AwareDatetime | None = None
    """When the first version that passed the rules came in."""

    @property
    def key(self) -> str:
        """The report's id."""
        return str(self.report_id)

    @property
    def sequence(self) -> int:
        """The decision number."""
        return self.decision_no


class ReportPassedRules(Decision):
    """The rules found nothing that returns it; it waits for a reviewer."""

    type: ClassVar[str] = "wardline.report.passed-rules.v1"


class ReportReturned(Decision):
    """The ward must look at it again, for the reason given."""

    type: ClassVar[str] = "wardline.report.returned.v1"

    code: str
    note: str = ""
    comments: tuple[Comment, ...] = ()


class ReportApproved(Decision):
    """The version counts from now on."""

    type: ClassVar[str] = "wardline.report.approved.v1"

    note: str = ""


class ApprovalRevoked(Decision):
    """Nothing of this report counts any more; an older version never comes back."""

    type: ClassVar[str] = "wardline.report.approval-revoked.v1"

    code: str
    note: str = ""
    revoked_version: int
    """The version that counted until now."""


class ReportWithdrawn(Decision):
    """The ward took back a report that was not approved."""

    type: ClassVar[str] = "wardline.report.withdrawn.v1"


class WithdrawalRefused(Decision):
    """The department keeps the approved report against the ward's wish."""

    type: ClassVar[str] = "wardline.report.withdrawal-refused.v1"

    note: str = ""


DECISIONS: Final[tuple[type[Decision], ...]] = (
    ReportPassedRules,
    ReportReturned,
    ReportApproved,
    ApprovalRevoked,
    ReportWithdrawn,
    WithdrawalRefused,
)
"""Every decision there is; who follows a report's state hears all of them."""
