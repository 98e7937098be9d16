"""Figures as people read them: named in both languages, counts as numbers, money as text."""

from datetime import datetime
from decimal import Decimal
from urllib.parse import quote

from pydantic import BaseModel, Field

from chassis import catalogue
from chassis.periods import PeriodView
from contracts.catalogue import WardDefined
from contracts.figures import REPORTS, Coverage, Figure
from contracts.period import Period
from contracts.template import Template, Text
from services.aggregation.figures.domain import place
from services.aggregation.figures.reading import FigureSheet

Number = int | str | None
"""Counts are integers; money (3 places) and percentages (2 places) are text, so exact."""


class TemplateView(BaseModel):
    """Which version of which template the figures are made by."""

    code: str
    version: int
    name: Text


class WardView(BaseModel):
    """A ward, and of which kind it was on the period's last day."""

    code: str
    name: str
    kind: str = Field(examples=["phuong", "xa", "dac-khu"])


class FigureView(BaseModel):
    """One figure; null when nobody stands behind it, and never a guess for who is missing."""

    code: str
    label: Text
    help: Text | None = None
    breakdown: dict[str, str] = Field(examples=[{"pip04": "NSTP"}])
    category: Text | None = None
    """What the breakdown's value means."""
    method: str = Field(examples=["sum", "ratio", "distinct", "count"])
    value: Number
    unit: Text | None
    target: Number = None
    numerator: Number = None
    denominator: Number = None
    coverage: Coverage
    passport: str
    """Where it says which reports, at which versions, stand behind the figure."""


class FiguresView(BaseModel):
    """All figures of one template and period; the entity tag is the revision."""

    template: TemplateView
    period: PeriodView
    basis: str
    revision: int
    as_of: datetime
    coverage: Coverage
    figures: list[FigureView]


def number(exact: Decimal | None) -> Number:
    """An integer where there are no decimal places, text with all of them otherwise."""
    if exact is None:
        return None
    return int(exact) if exact.as_tuple().exponent == 0 else f"{exact:f}"


def template_view(template: Template) -> TemplateView:
    """A template as a heading."""
    return TemplateView(code=template.code, version=template.version, name=template.name)


def ward_view(ward: WardDefined, period: Period) -> WardView:
    """A ward as it stands in a period's lists."""
    kind = catalogue.kind_on(ward, period.ends_on)
    return WardView(code=ward.code, name=ward.name, kind=kind)


def figures_view(sheet: FigureSheet) -> FiguresView:
    """A whole sheet."""
    return FiguresView(
        template=template_view(sheet.template),
        period=PeriodView.of(sheet.period),
        basis=REPORTS,
        revision=sheet.revision,
        as_of=sheet.as_of,
        coverage=sheet.coverage,
        figures=[figure_view(sheet, figure) for figure in sheet.figures],
    )


def figure_view(sheet: FigureSheet, figure: Figure) -> FigureView:
    """One figure of a sheet."""
    measure = sheet.measure(figure.code)
    return FigureView(
        code=figure.code,
        label=Text(vi=measure.label.vi, en=measure.label.en),
        help=measure.help,
        breakdown=figure.breakdown,
        category=category(sheet.template, figure),
        method=figure.method,
        value=number(figure.value),
        unit=figure.unit,
        target=number(measure.target),
        numerator=number(figure.numerator),
        denominator=number(figure.denominator),
        coverage=figure.coverage,
        passport=_passport(sheet, figure),
    )


def category(template: Template, figure: Figure) -> Text | None:
    """What the figure's category is called; null for the whole."""
    for column, value in figure.breakdown.items():
        return (template.column(column).values or {}).get(value)
    return None


def _passport(sheet: FigureSheet, figure: Figure) -> str:
    code, breakdown = place(figure)
    path = f"/v1/figures/{sheet.template.code}/{sheet.period.code}/{code}/passport"
    return f"{path}?breakdown={quote(breakdown, safe='')}" if breakdown else path
