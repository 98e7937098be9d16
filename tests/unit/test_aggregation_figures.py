"""Totals become figures; periods roll up; a table is safe to open."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalogue import PHUONG, XA
from contracts.figures import RATIO, SUM, Coverage, Figure, KindCoverage
from contracts.period import HC_15_14, Period
from contracts.template import CUMULATIVE, FLOW, STOCK, Template
from services.aggregation.contributions import measures
from services.aggregation.figures import spreadsheet
from services.aggregation.figures.domain import (
    Attendance,
    Contributors,
    Standing,
    Total,
    figures,
    percent,
)
from services.aggregation.figures.reading import FigureSheet
from services.aggregation.figures.roll_up import roll_up
from tests.builders import template, ward

WARDS = [ward("26536", "A"), ward("26542", "B"), ward("26545", "C", XA)]
KINDS = {each.code: each.kind for each in WARDS}


@pytest.mark.parametrize(
    ("numerator", "denominator", "share"),
    [
        ("1", "800", "0.13"),
        ("51", "101", "50.50"),
        ("425.125", "1700", "25.01"),
        ("0", "3", "0.00"),
    ],
)
def test_a_share_is_rounded_half_up_at_the_end(
    numerator: str, denominator: str, share: str
) -> None:
    assert str(percent(Decimal(numerator), Decimal(denominator))) == share


def test_a_share_of_nothing_is_null() -> None:
    assert percent(Decimal(0), Decimal(0)) is None
    assert percent(Decimal(5), Decimal(0)) is None


@given(st.integers(0, 10**15), st.integers(1, 10**15))
def test_a_share_is_never_further_off_than_half_a_hundredth(part: int, whole: int) -> None:
    share = percent(Decimal(part), Decimal(whole))

    assert share is not None
    off = Fraction(share) - Fraction(part, whole) * 100
    assert Fraction(-1, 200) < off <= Fraction(1, 200)


def sheet_of(
    form: Template, totals: dict[tuple[str, str], Total], *there: Contributors
) -> FigureSheet:
    period = Period.parse("2025-10", HC_15_14)
    standing = Standing(1, datetime(2025, 11, 3, tzinfo=UTC), totals, there)
    attendance = Attendance(WARDS, KINDS, there)
    made = measures.of(form)
    given = {1: frozenset(measure.code for measure in made)}
    return FigureSheet(
        form,
        period,
        standing.revision,
        standing.as_of,
        attendance.without(),
        made,
        tuple(figures(made, standing, attendance, given)),
    )


def test_a_sum_over_nobody_is_null_and_a_sum_of_nothing_is_zero() -> None:
    silent = Contributors(1, (("dxt02", ""),), ("26536",))

    sheet = sheet_of(template("DXT"), {}, silent)

    values = {figure.code: figure.value for figure in sheet.figures}
    assert (str(values["dxt01"]), values["dxt02"]) == ("0", None)


def test_coverage_is_told_by_kind() -> None:
    coverage = Attendance(WARDS, KINDS, [Contributors(1, (), ("26536", "26545"))])

    assert coverage.without(["26545"]) == Coverage(
        counted=1,
        null=1,
        expected=3,
        by_type={
            PHUONG: KindCoverage(counted=1, expected=2),
            XA: KindCoverage(counted=0, expected=1),
        },
    )


def quarter(number: str | None, counted: int, method: str = SUM, **sides: Decimal) -> Figure:
    exact = None if number is None else Decimal(number)
    kinds = {PHUONG: KindCoverage(counted=counted, expected=168)}
    coverage = Coverage(counted=counted, null=2 - counted, expected=168, by_type=kinds)
    plain = Figure(code="x", method=method, value=exact, coverage=coverage)
    return plain.model_copy(update=sides)


INN05 = [quarter("150", 2), quarter("170", 2), quarter("105", 1), quarter("120", 1)]


@pytest.mark.parametrize("kind", [STOCK, CUMULATIVE])
def test_a_stock_over_a_year_is_what_the_last_quarter_says(kind: str) -> None:
    year = roll_up(kind, INN05)

    assert year.value == 120
    assert (year.coverage.counted, year.coverage.expected) == (1, 168)


def test_a_flow_over_a_year_is_the_sum_with_coverage_in_ward_periods() -> None:
    year = roll_up(FLOW, [*INN05[:3], quarter(None, 0)])

    assert year.value == 425
    assert (year.coverage.counted, year.coverage.expected) == (5, 4 * 168)
    assert year.coverage.by_type[PHUONG] == KindCoverage(counted=5, expected=4 * 168)
    assert roll_up(FLOW, [quarter(None, 0)] * 4).value is None


def test_a_share_over_a_year_is_the_sum_over_the_sum() -> None:
    first = quarter("100.00", 1, RATIO, numerator=Decimal(1), denominator=Decimal(1))
    second = quarter("50.00", 1, RATIO, numerator=Decimal(50), denominator=Decimal(100))

    assert str(roll_up(FLOW, [first, second]).value) == "50.50"
    assert roll_up(FLOW, [quarter(None, 0, RATIO)]).value is None


def test_a_label_that_looks_like_a_formula_stays_text() -> None:
    parts = template("DXT").model_dump(mode="json")
    for code, label in {"dxt01": "=1+1", "dxt02": "-2", "dxt03": "@x", "dxt04": "+84"}.items():
        parts["fields"][code]["vi"] = label
    table = spreadsheet.table(sheet_of(Template.model_validate(parts), {}), "vi")

    assert all(f",'{label}," in table for label in ("=1+1", "-2", "@x", "+84"))
