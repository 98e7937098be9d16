"""What can be wrong with the form of a report, in words that say what to do."""

from contracts.event import Contract
from contracts.template import Text

_WORDS = {
    "unknown-field": (
        "Biểu mẫu không có mục này: hãy bỏ đi.",
        "The form has no such field: leave it out.",
    ),
    "derived": (
        "Mục này do hệ thống tính: hãy bỏ khỏi báo cáo.",
        "This figure is computed: leave it out of the report.",
    ),
    "missing": (
        "Thiếu mục này: hãy nhập giá trị, hoặc null kèm lý do trong gaps.",
        "This field is missing: give a value, or null with a reason in gaps.",
    ),
    "null-without-gap": (
        "Giá trị trống phải có lý do trong gaps.",
        "An empty value needs a reason in gaps.",
    ),
    "gap-without-null": (
        "Có lý do để trống nhưng mục này không trống hoặc không có trong báo cáo.",
        "A reason is given, but the field is not empty or not in the report.",
    ),
    "null-not-allowed": ("Mục này không được để trống.", "This field cannot be empty."),
    "unknown-gap-reason": (
        "Lý do phải là một trong: {values}.",
        "The reason must be one of: {values}.",
    ),
    "type": ("Sai kiểu dữ liệu: cần {expected}.", "Wrong type: {expected} expected."),
    "integer-range": (
        "Số phải từ {lowest} đến {highest}.",
        "The number must be from {lowest} to {highest}.",
    ),
    "money-format": (
        'Số tiền (triệu đồng) viết trong ngoặc kép, dấu chấm thập phân, tối đa 3 số lẻ: "12.500".',
        'Money (million đồng) is a string with a point and at most 3 decimals: "12.500".',
    ),
    "money-range": (
        "Số tiền phải từ {lowest} đến {highest} triệu đồng.",
        "The amount must be from {lowest} to {highest} million đồng.",
    ),
    "percent-format": (
        'Tỷ lệ viết trong ngoặc kép với tối đa 2 số lẻ: "75.50".',
        'A percentage is a string with at most 2 decimals: "75.50".',
    ),
    "percent-range": (
        "Tỷ lệ phải từ {lowest} đến {highest}.",
        "The percentage must be from {lowest} to {highest}.",
    ),
    "enum-value": ("Phải là một trong: {values}.", "Must be one of: {values}."),
    "text-length": ("Tối đa {longest} ký tự.", "At most {longest} characters."),
    "text-character": (
        "Có ký tự điều khiển không được phép.",
        "Control characters are not allowed.",
    ),
    "text-pattern": ("Không đúng dạng: {form}", "Not of the form: {form}"),
    "date-format": ("Ngày viết dạng 2025-10-31.", "A date is written 2025-10-31."),
    "key-missing": (
        "Dòng này thiếu mã định danh ({columns}).",
        "This row lacks what identifies it ({columns}).",
    ),
    "key-character": ("Mã không được chứa dấu |.", "An identifier cannot contain |."),
    "duplicate-row-key": (
        "Dòng này trùng mã với một dòng khác.",
        "Another row has the same identifier.",
    ),
    "too-many-rows": ("Tối đa {longest} dòng.", "At most {longest} rows."),
    "unknown-rule": (
        "Biểu mẫu không có quy tắc này: hãy bỏ giải trình.",
        "The form has no such rule: leave the explanation out.",
    ),
}


class FieldProblem(Contract):
    """One thing wrong with the form of a report, at one place of it."""

    pointer: str
    code: str
    message: Text


def problem(pointer: str, code: str, **params: object) -> FieldProblem:
    """The problem of that code, in both languages; a ``Text`` among params is said in each."""
    vi, en = _WORDS[code]
    message = Text(
        vi=vi.format(**{name: p.vi if isinstance(p, Text) else p for name, p in params.items()}),
        en=en.format(**{name: p.en if isinstance(p, Text) else p for name, p in params.items()}),
    )
    return FieldProblem(pointer=pointer, code=code, message=message)
