"""The city's figures: of one period, and over periods."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from chassis.http import Conditional, Language, Router, Transact, etag
from chassis.problems import WEIGHT
from chassis.unit import Unit
from contracts.figures import REPORTS
from contracts.period import Period
from contracts.template import Text
from services.aggregation.figures import asking, reading, series, spreadsheet, views
from services.aggregation.figures.asking import Asked, Basis, Reader
from services.aggregation.figures.reading import FigureSheet
from services.aggregation.figures.series import SeriesView
from services.aggregation.figures.views import FiguresView

router = Router(prefix="/v1/figures", tags=["figures"])

CSV = "text/csv"
MOST_PERIODS = 60
MIXED = Text(
    vi="Hai đầu của chuỗi phải là kỳ cùng loại, đầu trước không muộn hơn đầu sau.",
    en="Both ends must be periods of one frequency, the first not after the last.",
)
TOO_LONG = Text(
    vi=f"Một chuỗi có tối đa {MOST_PERIODS} kỳ.", en=f"A series has {MOST_PERIODS} periods at most."
)
NO_CODE = Text(vi="Mẫu này không có chỉ tiêu đó.", en="The template has no such figure.")


class AskedSeries:
    """Which figures over which periods an endpoint is asked for."""

    def __init__(
        self,
        template: str,
        first: Annotated[str, Query(alias="from", examples=["2025-07"])],
        last: Annotated[str, Query(alias="to", examples=["2025-10"])],
        codes: Annotated[str | None, Query(description="Separated by commas; or all.")] = None,
        basis: Basis = REPORTS,
    ) -> None:
        self._template, self._ends, self._codes = template, (first, last), codes
        asking.offered(basis)

    async def sheets(self, unit: Unit) -> list[FigureSheet]:
        """One sheet for each period; raises 404 or 422 when there are none such."""
        first, last = [
            (await asking.set_named(unit.session, self._template, code, pointer))[1]
            for code, pointer in zip(self._ends, ("/query/from", "/query/to"), strict=True)
        ]
        wanted = [
            await asking.set_named(unit.session, self._template, period.code)
            for period in _periods(first, last)
        ]
        return await reading.sheets(unit.session, wanted, unit.now)

    def codes(self, sheet: FigureSheet) -> frozenset[str]:
        """The figures asked for, by default all of the sheet's."""
        offered = frozenset(measure.code for measure in sheet.measures)
        if self._codes is None:
            return offered
        codes = frozenset(code.strip() for code in self._codes.split(","))
        if not codes <= offered:
            raise asking.invalid("/query/codes", "unknown-figure", NO_CODE)
        return codes


class Form:
    """The form in which the caller wants an answer: CSV when they like it better than JSON."""

    def __init__(self, request: Request, language: Language) -> None:
        liked: dict[str, float] = {}
        for choice in request.headers.get("accept", "").lower().split(","):
            name, _, weight = choice.replace(" ", "").partition(";q=")
            liked[name.partition(";")[0]] = float(weight) if WEIGHT.fullmatch(weight) else 1.0
        self.csv = liked.get(CSV, 0.0) > liked.get("application/json", 0.0)
        self.language = language


@router.get("/{template}/series")
async def read_series(
    asked: Annotated[AskedSeries, Depends()],
    _: Reader,
    transact: Transact,
    conditional: Conditional,
) -> SeriesView:
    """The same figures over consecutive periods, for a chart; periods without any are null."""
    sheets = await transact(asked.sheets)
    conditional.offer(etag(*(sheet.state for sheet in sheets)))
    return series.view(sheets, asked.codes(sheets[-1]))


@router.get(
    "/{template}/{period}",
    response_model=FiguresView,
    responses={200: {"content": {CSV: {}}, "description": "The figures, as JSON or as CSV"}},
)
async def read_figures(
    asked: Asked,
    form: Annotated[Form, Depends()],
    response: Response,
    transact: Transact,
    conditional: Conditional,
) -> FiguresView | Response:
    """All figures of one template and period; by `Accept` as JSON or as CSV."""
    sheet = await transact(asked.sheet)
    response.headers["Vary"] = "Accept, Accept-Language"
    if not form.csv:
        conditional.offer(etag(sheet.state))
        return views.figures_view(sheet)
    conditional.offer(etag(sheet.state, "csv", form.language))
    attachment = f'attachment; filename="{_filename(sheet)}"'
    return Response(
        spreadsheet.table(sheet, form.language),
        media_type=f"{CSV}; charset=utf-8",
        headers={
            **response.headers,
            "Content-Disposition": attachment,
            "Content-Language": form.language,
        },
    )


def _periods(first: Period, last: Period) -> list[Period]:
    try:
        periods = series.between(first, last, MOST_PERIODS)
    except series.Mixed as error:
        raise asking.invalid("/query/from", "periods-mixed", MIXED) from error
    if len(periods) > MOST_PERIODS:
        raise asking.invalid("/query/from", "series-too-long", TOO_LONG)
    return periods


def _filename(sheet: FigureSheet) -> str:
    return f"{sheet.template.code}-{sheet.period.code}-r{sheet.revision}.csv"
