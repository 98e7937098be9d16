"""Periods: which days each code means, what is refused, and how periods tile a year."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.period import HC_15_14, LICH, NAM_KE_HOACH, Period, PeriodError

years = st.integers(min_value=2002, max_value=2098)
tiled_schemes = st.sampled_from([HC_15_14, LICH])


@pytest.mark.parametrize(
    ("code", "scheme", "starts", "ends"),
    [
        ("2025-10", HC_15_14, date(2025, 9, 15), date(2025, 10, 14)),
        ("2025-01", HC_15_14, date(2024, 12, 15), date(2025, 1, 14)),
        ("2026-01", HC_15_14, date(2025, 12, 15), date(2026, 1, 14)),
        ("2025-Q4", HC_15_14, date(2025, 9, 15), date(2025, 12, 14)),
        ("2025-H1", HC_15_14, date(2024, 12, 15), date(2025, 6, 14)),
        ("2025-H2", HC_15_14, date(2025, 6, 15), date(2025, 12, 14)),
        ("2025-9M", HC_15_14, date(2024, 12, 15), date(2025, 9, 14)),
        ("2025", HC_15_14, date(2024, 12, 15), date(2025, 12, 14)),
        ("2026-01", LICH, date(2026, 1, 1), date(2026, 1, 31)),
        ("2028-02", LICH, date(2028, 2, 1), date(2028, 2, 29)),
        ("2025-Q3", LICH, date(2025, 7, 1), date(2025, 9, 30)),
        ("2026", NAM_KE_HOACH, date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_code_means_these_days(code: str, scheme: str, starts: date, ends: date) -> None:
    period = Period.parse(code, scheme)
    assert (period.starts_on, period.ends_on) == (starts, ends)


@pytest.mark.parametrize(
    "code",
    [
        "2025-13",
        "2025-00",
        "2025-Q5",
        "2025-q3",
        "2025-H3",
        "2025-6M",
        "2025-D01",
        "25-10",
        "2025-1",
        "2025-10\n",
        " 2025-10",
        "２０２５-10",
        "",
        "2025-",
        "1999",
    ],
)
def test_anything_else_is_no_period(code: str) -> None:
    with pytest.raises(PeriodError):
        Period.parse(code, HC_15_14)


def test_a_plan_year_has_no_quarters_and_an_unknown_scheme_no_periods() -> None:
    with pytest.raises(PeriodError):
        Period.parse("2026-Q1", NAM_KE_HOACH)
    with pytest.raises(PeriodError):
        Period.parse("2026", "TUAN")


def test_a_plan_year_opens_on_the_first_of_june_before() -> None:
    assert Period.parse("2026", NAM_KE_HOACH).opens_on == date(2025, 6, 1)
    assert Period.parse("2025-10", HC_15_14).opens_on == date(2025, 9, 15)


@given(years, tiled_schemes)
def test_months_quarters_and_halves_each_tile_the_year_day_by_day(year: int, scheme: str) -> None:
    whole = days(Period.parse(f"{year}", scheme))
    for suffixes in (
        [f"-{month:02d}" for month in range(1, 13)],
        [f"-Q{quarter}" for quarter in range(1, 5)],
        ["-H1", "-H2"],
    ):
        tiles = [day for s in suffixes for day in days(Period.parse(f"{year}{s}", scheme))]
        assert tiles == whole


@given(years, tiled_schemes, st.sampled_from(["", "-H1", "-H2", "-Q1", "-Q3", "-01", "-12"]))
def test_the_previous_period_ends_the_day_before(year: int, scheme: str, suffix: str) -> None:
    period = Period.parse(f"{year}{suffix}", scheme)
    assert period.previous.ends_on + timedelta(days=1) == period.starts_on
    assert period.previous.frequency == period.frequency


def days(period: Period) -> list[date]:
    length = (period.ends_on - period.starts_on).days + 1
    return [period.starts_on + timedelta(days=n) for n in range(length)]


def test_only_the_first_period_of_its_frequency_is_first_of_year() -> None:
    first = ["2026-01", "2026-Q1", "2026-H1", "2026-9M", "2026"]
    later = ["2026-02", "2026-Q2", "2026-H2"]
    assert all(Period.parse(code, LICH).first_of_year for code in first)
    assert not any(Period.parse(code, LICH).first_of_year for code in later)


@pytest.mark.parametrize(
    ("code", "vi", "en"),
    [
        ("2025-10", "Tháng 10/2025", "October 2025"),
        ("2025-Q4", "Quý IV/2025", "Q4 2025"),
        ("2025-H1", "6 tháng đầu năm 2025", "First half of 2025"),
        ("2025-H2", "6 tháng cuối năm 2025", "Second half of 2025"),
        ("2025-9M", "9 tháng năm 2025", "First nine months of 2025"),
        ("2025", "Năm 2025", "Year 2025"),
    ],
)
def test_a_period_has_a_name_in_both_languages(code: str, vi: str, en: str) -> None:
    period = Period.parse(code, HC_15_14)
    assert (period.label("vi"), period.label("en")) == (vi, en)


def test_a_period_survives_the_bus() -> None:
    period = Period.parse("2025-Q4", HC_15_14)
    assert Period.model_validate_json(period.model_dump_json()) == period
