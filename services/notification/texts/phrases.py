"""The phrase book: every kind of notification and every reason code, in both languages."""

from typing import Final, NamedTuple

from contracts import decisions
from contracts.template import Text


class Phrase(NamedTuple):
    """A title and sentences; ``{names}`` are filled in."""

    title: str
    sentences: tuple[str, ...] = ()


PHRASES: Final[dict[str, dict[str, Phrase]]] = {
    "vi": {
        "received": Phrase(
            "Đã tiếp nhận báo cáo: {template} – {period}",
            ("Phiên bản {version} của {ward} đến lúc {at} và đang được kiểm tra.",),
        ),
        "returned": Phrase(
            "Báo cáo bị trả lại: {template} – {period}",
            (
                "Phiên bản {version} của {ward} cần xem lại. Lý do: {reason}.",
                "Số lỗi phải sửa: {errors}.",
                "Số góp ý ngay tại các mục: {comments}.",
            ),
        ),
        "approved": Phrase(
            "Báo cáo được duyệt: {template} – {period}",
            ("Phiên bản {version} của {ward} được tính vào số liệu thành phố từ {at}.",),
        ),
        "revoked": Phrase(
            "Thu hồi phê duyệt báo cáo: {template} – {period}",
            (
                "Phiên bản {version} của {ward} không còn được tính vào số liệu thành phố.",
                "Lý do: {reason}.",
            ),
        ),
        "withdrawn": Phrase(
            "Báo cáo đã rút: {template} – {period}",
            ("Phiên bản {version} của {ward} đã được rút theo yêu cầu của đơn vị.",),
        ),
        "withdrawal-refused": Phrase(
            "Đề nghị rút báo cáo không được chấp nhận: {template} – {period}",
            ("Phiên bản {version} của {ward} vẫn được tính vào số liệu thành phố.",),
        ),
        "waiting": Phrase(
            "Chờ thẩm định: {template} – {period}",
            (
                "Số báo cáo đang chờ: {reports}.",
                "Số đề nghị rút báo cáo đang chờ: {withdrawals}.",
                "Chờ lâu nhất từ {at}.",
            ),
        ),
    },
    "en": {
        "received": Phrase(
            "Report received: {template} – {period}",
            ("Version {version} from {ward} arrived at {at} and is being checked.",),
        ),
        "returned": Phrase(
            "Report returned: {template} – {period}",
            (
                "Version {version} from {ward} needs another look. Reason: {reason}.",
                "Errors to correct: {errors}.",
                "Comments on fields: {comments}.",
            ),
        ),
        "approved": Phrase(
            "Report approved: {template} – {period}",
            ("Version {version} from {ward} counts in the city's figures since {at}.",),
        ),
        "revoked": Phrase(
            "Approval revoked: {template} – {period}",
            (
                "Version {version} from {ward} no longer counts in the city's figures.",
                "Reason: {reason}.",
            ),
        ),
        "withdrawn": Phrase(
            "Report withdrawn: {template} – {period}",
            ("Version {version} from {ward} was withdrawn as you asked.",),
        ),
        "withdrawal-refused": Phrase(
            "Withdrawal refused: {template} – {period}",
            ("Version {version} from {ward} still counts in the city's figures.",),
        ),
        "waiting": Phrase(
            "Waiting for review: {template} – {period}",
            (
                "Reports waiting: {reports}.",
                "Withdrawal requests waiting: {withdrawals}.",
                "The longest wait began at {at}.",
            ),
        ),
    },
}

REASONS: Final[dict[str, Text]] = {
    decisions.RULE_ERRORS: Text(
        vi="số liệu vi phạm quy tắc kiểm tra", en="figures break the checking rules"
    ),
    decisions.EXPLANATION_MISSING: Text(
        vi="thiếu giải trình cho số liệu bất thường", en="an unusual figure is not explained"
    ),
    decisions.WRONG_FIGURES: Text(vi="số liệu chưa chính xác", en="figures are not right"),
    decisions.WRONG_PERIOD: Text(vi="sai kỳ báo cáo", en="it is for another period"),
    decisions.INCONSISTENT: Text(
        vi="số liệu không thống nhất với báo cáo khác",
        en="figures disagree with another report",
    ),
    decisions.EVIDENCE_MISSING: Text(vi="thiếu tài liệu kiểm chứng", en="evidence is missing"),
    decisions.OTHER: Text(vi="lý do khác, xem ghi chú", en="another reason, see the note"),
    decisions.WITHDRAWN_BY_WARD: Text(
        vi="rút theo yêu cầu của đơn vị", en="withdrawn at the ward's request"
    ),
}
