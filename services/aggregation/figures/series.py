"""The same figures over consecutive periods."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from pydantic import BaseModel

from chassis.periods import PeriodView
from contracts.figures import REPORTS, Coverage
from contracts.period import Period
from services.aggregation.figures import views
from services.aggregation.figures.reading import FigureSheet
from services.aggregation.figures.views import FigureView, TemplateView


class PointView(BaseModel):
    """The figures of one of the periods."""

    period: PeriodView
    revision: int
    as_of: datetime
    coverage: Coverage
    figures: list[FigureView]


class SeriesView(BaseModel):
    """Consecutive periods, oldest first; a series always comes whole."""

    template: TemplateView
    basis: str
    items: list[PointView]
    next: str | None = None


class Mixed(ValueError):
    """The two ends are no periods of one frequency in order."""


def between(first: Period, last: Period, most: int) -> list[Period]:
    """The periods from the first to the last, oldest first; never more than ``most`` + 1.

    Raises:
        Mixed: when they are of two frequencies, or the first is after the last.
    """
    if first.frequency != last.frequency or first.starts_on > last.starts_on:
        raise Mixed(first.code, last.code)
    return list(_backwards(first, last, most))[::-1]


def _backwards(first: Period, last: Period, most: int) -> Iterator[Period]:
    period = last
    for _ in range(most):
        yield period
        if period.code == first.code:
            return
        period = period.previous
    yield period


def view(sheets: Sequence[FigureSheet], codes: Collection[str]) -> SeriesView:
    """The series of these figures."""
    return SeriesView(
        template=views.template_view(sheets[-1].template),
        basis=REPORTS,
        items=[_point(sheet, codes) for sheet in sheets],
    )


def _point(sheet: FigureSheet, codes: Collection[str]) -> PointView:
    return PointView(
        period=PeriodView.of(sheet.period),
        revision=sheet.revision,
        as_of=sheet.as_of,
        coverage=sheet.coverage,
        figures=[
            views.figure_view(sheet, figure) for figure in sheet.figures if figure.code in codes
        ],
    )
