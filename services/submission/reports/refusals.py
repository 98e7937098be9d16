"""Why a report is not taken, in words that say what to do."""

from collections.abc import Sequence
from datetime import date

from contracts.problems import FieldProblem
from contracts.template import Text


class Refused(Exception):
    """The report cannot be taken as it is; ``slug`` is stable, ``detail`` is for people."""

    def __init__(self, slug: str, vi: str, en: str, problems: Sequence[FieldProblem] = ()) -> None:
        super().__init__(slug)
        self.slug = slug
        self.detail = Text(vi=vi, en=en)
        self.problems = problems


def unknown_ward() -> Refused:
    """The caller's ward is none of the city's."""
    return Refused("unknown-ward", "Không có đơn vị mang mã này.", "No ward has this code.")


def unknown_template() -> Refused:
    """No template has that code."""
    return Refused(
        "unknown-template", "Không có biểu mẫu mang mã này.", "No template has this code."
    )


def unknown_report() -> Refused:
    """The report was never sent."""
    return Refused(
        "unknown-report",
        "Chưa có báo cáo nào được gửi cho kỳ này.",
        "No report was sent for this period.",
    )


def unknown_version() -> Refused:
    """The report has no version of that number."""
    return Refused(
        "unknown-version", "Báo cáo không có phiên bản này.", "The report has no such version."
    )


def unknown_period() -> Refused:
    """The text is no period, or none of the template's scheme."""
    return Refused(
        "unknown-period",
        "Kỳ báo cáo không đúng: viết như 2025-10, 2025-Q4, 2025-H2, 2025-9M hoặc 2025.",
        "No such period: write 2025-10, 2025-Q4, 2025-H2, 2025-9M or 2025.",
    )


def period_not_offered() -> Refused:
    """A period of the scheme, but of a frequency the template is not reported in."""
    return Refused(
        "period-not-offered",
        "Biểu mẫu này không báo cáo theo loại kỳ đó.",
        "This template is not reported for that kind of period.",
    )


def period_not_open(opens_on: date) -> Refused:
    """The period has not begun."""
    return Refused(
        "period-not-open",
        f"Kỳ báo cáo này mở từ ngày {opens_on:%d/%m/%Y}.",
        f"This period opens on {opens_on:%d/%m/%Y}.",
    )


def template_not_valid(valid_from: date) -> Refused:
    """The period ends before any version of the template is in force."""
    return Refused(
        "template-not-valid",
        f"Kỳ này kết thúc trước khi biểu mẫu có hiệu lực ({valid_from:%d/%m/%Y}).",
        f"The period ends before the template is in force ({valid_from:%d/%m/%Y}).",
    )


def ward_not_valid(ends_on: date) -> Refused:
    """The ward does not exist when the period ends."""
    return Refused(
        "ward-not-valid",
        f"Đơn vị không tồn tại vào ngày cuối kỳ ({ends_on:%d/%m/%Y}).",
        f"The ward does not exist on the period's last day ({ends_on:%d/%m/%Y}).",
    )


def not_owed() -> Refused:
    """The template asks other kinds of wards."""
    return Refused(
        "report-not-owed",
        "Biểu mẫu này không áp dụng cho đơn vị của bạn.",
        "This template does not ask your kind of ward.",
    )


def invalid_report(problems: Sequence[FieldProblem]) -> Refused:
    """The body does not fit the form."""
    return Refused(
        "invalid-report",
        "Báo cáo chưa đúng mẫu, xem chi tiết từng mục.",
        "The report does not fit its form; each field is named below.",
        problems,
    )


def report_too_large(most_bytes: int) -> Refused:
    """The content is larger than an event can carry twice."""
    return Refused(
        "report-too-large",
        f"Nội dung báo cáo vượt quá {most_bytes // 1024} KiB.",
        f"The report's content is larger than {most_bytes // 1024} KiB.",
    )


def withdrawal_pending() -> Refused:
    """It was asked for already."""
    return Refused(
        "withdrawal-pending",
        "Đã có yêu cầu rút báo cáo, đang chờ xử lý.",
        "A withdrawal was asked for and awaits an answer.",
    )


def nothing_to_withdraw() -> Refused:
    """The latest version is gone and nothing counts."""
    return Refused(
        "nothing-to-withdraw",
        "Không còn nội dung nào của báo cáo để rút.",
        "Nothing of this report is left to take back.",
    )
