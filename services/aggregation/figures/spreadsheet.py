"""Figures as a table for a spreadsheet program."""

import csv
from collections.abc import Iterator
from io import StringIO

from chassis.clock import VIETNAM
from chassis.problems import Tongue
from contracts.figures import REPORTS
from services.aggregation.figures.domain import place
from services.aggregation.figures.reading import FigureSheet
from services.aggregation.figures.views import category, number

BOM = "\ufeff"
"""Without it, spreadsheet programs take Vietnamese for another encoding."""

HEADINGS = {
    "vi": (
        *("Mẫu báo cáo", "Kỳ báo cáo", "Cơ sở", "Lần thay đổi", "Tính đến", "Mã", "Chỉ tiêu"),
        *("Phân tổ", "Nội dung phân tổ", "Cách tính", "Giá trị", "Đơn vị tính", "Tử số"),
        *("Mẫu số", "Đơn vị đã tính", "Đơn vị thiếu số liệu", "Đơn vị phải báo cáo"),
    ),
    "en": (
        *("template", "period", "basis", "revision", "as of", "code", "figure"),
        *("breakdown", "category", "method", "value", "unit", "numerator"),
        *("denominator", "counted", "without a value", "expected"),
    ),
}


def table(sheet: FigureSheet, tongue: Tongue) -> str:
    """The whole sheet as CSV, one figure a line, with the byte order mark."""
    written = StringIO()
    writer = csv.writer(written)
    writer.writerow(HEADINGS[tongue])
    for line in _lines(sheet, tongue):
        writer.writerow([_inert(cell) for cell in line])
    return BOM + written.getvalue()


def _lines(sheet: FigureSheet, tongue: Tongue) -> Iterator[tuple[object, ...]]:
    as_of = sheet.as_of.astimezone(VIETNAM).isoformat(timespec="seconds")
    heading = (sheet.template.code, sheet.period.code, REPORTS, sheet.revision, as_of)
    for figure in sheet.figures:
        name = category(sheet.template, figure)
        yield (
            *heading,
            figure.code,
            getattr(sheet.measure(figure.code).label, tongue),
            place(figure)[1],
            getattr(name, tongue) if name else "",
            figure.method,
            number(figure.value),
            getattr(figure.unit, tongue) if figure.unit else "",
            number(figure.numerator),
            number(figure.denominator),
            figure.coverage.counted,
            figure.coverage.null,
            figure.coverage.expected,
        )


def _inert(cell: object) -> object:
    """Text that a spreadsheet program would run as a formula is marked as text."""
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{cell}"
    return cell
