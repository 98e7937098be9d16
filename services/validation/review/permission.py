"""What a reviewer may do with a report, and why not. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from contracts.decisions import (
    EVIDENCE_MISSING,
    IN_REVIEW,
    INCONSISTENT,
    OTHER,
    WRONG_FIGURES,
    WRONG_PERIOD,
)
from contracts.template import Text
from services.validation.review.report import Report
from services.validation.rules.domain import Verdict

APPROVE, RETURN, REVOKE = "approve", "return", "revoke"
WITHDRAW, REFUSE_WITHDRAWAL = "withdraw", "refuse-withdrawal"
ACTIONS: Final = (APPROVE, RETURN, REVOKE, WITHDRAW, REFUSE_WITHDRAWAL)

CODES: Final = (WRONG_FIGURES, WRONG_PERIOD, INCONSISTENT, EVIDENCE_MISSING, OTHER)
"""Reasons that a person gives; the rules have their own."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an action is refused; ``code`` is stable."""

    code: str
    message: Text


OWN_REPORT = Refusal(
    "own-report",
    Text(
        vi="Bạn đã gửi hoặc yêu cầu rút báo cáo này nên không được quyết định về nó.",
        en="You sent this report or asked to withdraw it, so another person must decide.",
    ),
)
NOT_IN_REVIEW = Refusal(
    "not-in-review",
    Text(
        vi="Phiên bản này không ở trạng thái chờ duyệt.",
        en="This version does not wait for review.",
    ),
)
SUPERSEDED = Refusal(
    "superseded",
    Text(
        vi="Báo cáo đã có phiên bản khác với phiên bản bạn đang xem, vui lòng tải lại.",
        en="This is not the version that stands now; please read the report again.",
    ),
)
NOTHING_COUNTED = Refusal(
    "nothing-counted",
    Text(
        vi="Báo cáo chưa được duyệt hoặc đã bị thu hồi.",
        en="No version of this report is approved.",
    ),
)
NO_WITHDRAWAL = Refusal(
    "no-withdrawal",
    Text(vi="Đơn vị không có yêu cầu rút báo cáo.", en="The ward did not ask to withdraw it."),
)
NEW_FINDINGS = Refusal(
    "new-findings",
    Text(
        vi="Số liệu kỳ trước đã thay đổi và quy tắc kiểm tra phát hiện lỗi mới.",
        en="The previous period has changed since, and the rules now find something new.",
    ),
)


def expected_version(report: Report, action: str) -> int | None:
    """The version that a decision must name: that which counts to revoke it, else the latest."""
    return report.counted_version if action == REVOKE else report.latest.version


def refusal(report: Report, action: str, by: str, verdict: Verdict) -> Refusal | None:
    """Why a person may not do this now, or nothing; ``verdict`` is the rules' newest."""
    if action in _STANDING and (refused := _STANDING[action](report)):
        return refused
    if by in _involved(report, action):
        return OWN_REPORT
    if action == APPROVE and verdict is not report.verdict and verdict.outcome.returns:
        return NEW_FINDINGS
    return None


def _involved(report: Report, action: str) -> set[str]:
    """Who sent what is decided on, or asked for the decision."""
    if action in {APPROVE, RETURN}:
        return {report.latest.submitted_by}
    wish = {report.withdrawal.requested_by} if report.withdrawal and action != REVOKE else set()
    return wish | ({report.counted.submitted_by} if report.counted else set())


def _in_review(report: Report) -> Refusal | None:
    return None if report.state == IN_REVIEW else NOT_IN_REVIEW


def _counted(report: Report) -> Refusal | None:
    return None if report.counted else NOTHING_COUNTED


def _asked(report: Report) -> Refusal | None:
    return None if report.withdrawal else NO_WITHDRAWAL


_STANDING: Final[dict[str, Callable[[Report], Refusal | None]]] = {
    APPROVE: _in_review,
    RETURN: _in_review,
    REVOKE: _counted,
    WITHDRAW: _asked,
    REFUSE_WITHDRAWAL: _asked,
}
