"""Reporting periods: what ``2025-10`` means under each scheme, as local dates of the city."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Self

from contracts.event import Contract

HC_15_14 = "HC_15_14"
"""Decree 09/2019/NĐ-CP art. 12: from the 15th to the 14th."""
LICH = "LICH"
"""The calendar: from the first to the last day."""
NAM_KE_HOACH = "NAM_KE_HOACH"
"""The plan year N+1, open from 1 June of the year before."""

MONTH, QUARTER, HALF, NINE_MONTHS, YEAR = "month", "quarter", "half", "nine-months", "year"
_GRAMMAR = re.compile(
    r"(?P<year>20[0-9]{2})"
    r"(?:-(?P<month>0[1-9]|1[0-2])|-Q(?P<quarter>[1-4])|-H(?P<half>[12])|-(?P<nine>9M))?",
)
_ROMAN = ("I", "II", "III", "IV")
_MONTHS_IN = {MONTH: 1, QUARTER: 3, HALF: 6, NINE_MONTHS: 9, YEAR: 12}
_FREQUENCIES = {
    HC_15_14: frozenset(_MONTHS_IN),
    LICH: frozenset(_MONTHS_IN),
    NAM_KE_HOACH: frozenset({YEAR}),
}


class PeriodError(ValueError):
    """The text is no period of the scheme."""


class Period(Contract):
    """One period: its code, its scheme, and its first and last day (both included)."""

    code: str
    scheme: str
    starts_on: date
    ends_on: date

    @classmethod
    def parse(cls, code: str, scheme: str) -> Self:
        """Read a code such as ``2025-10``, ``2025-Q4``, ``2025-H1``, ``2025-9M`` or ``2025``.

        Raises:
            PeriodError: when the grammar or the scheme does not know the code.
        """
        year, frequency, place = _read(code)
        if frequency not in _FREQUENCIES.get(scheme, ()):
            raise PeriodError(code)
        last_month = place * _MONTHS_IN[frequency]
        first_month = last_month - _MONTHS_IN[frequency] + 1
        starts, ends = _days(year, first_month, last_month, scheme)
        return cls(code=code, scheme=scheme, starts_on=starts, ends_on=ends)

    @property
    def frequency(self) -> str:
        """``month``, ``quarter``, ``half``, ``nine-months`` or ``year``."""
        return _read(self.code)[1]

    @property
    def first_of_year(self) -> bool:
        """Whether cumulative figures start again with this period."""
        return _read(self.code)[2] == 1

    @property
    def opens_on(self) -> date:
        """The first day on which a report for it is taken."""
        if self.scheme == NAM_KE_HOACH:
            return date(self.starts_on.year - 1, 6, 1)
        return self.starts_on

    @property
    def previous(self) -> "Period":
        """The period of the same frequency just before."""
        year, frequency, place = _read(self.code)
        in_year = 12 // _MONTHS_IN[frequency]
        if place > 1:
            return Period.parse(_code(year, frequency, place - 1), self.scheme)
        return Period.parse(_code(year - 1, frequency, in_year), self.scheme)

    def label(self, language: str) -> str:
        """The name a person reads, in ``vi`` or ``en``: ``Quý IV/2025``, ``Q4 2025``."""
        year, frequency, place = _read(self.code)
        return _LABELS[language][frequency](year, place)


def _read(code: str) -> tuple[int, str, int]:
    found = _GRAMMAR.fullmatch(code)
    if found is None:
        raise PeriodError(code)
    year = int(found["year"])
    for name in (MONTH, QUARTER, HALF):
        if found[name]:
            return year, name, int(found[name])
    return year, NINE_MONTHS if found["nine"] else YEAR, 1


def _code(year: int, frequency: str, place: int) -> str:
    suffix = {
        MONTH: f"-{place:02d}",
        QUARTER: f"-Q{place}",
        HALF: f"-H{place}",
        NINE_MONTHS: "-9M",
        YEAR: "",
    }
    return f"{year}{suffix[frequency]}"


def _days(year: int, first_month: int, last_month: int, scheme: str) -> tuple[date, date]:
    if scheme == HC_15_14:
        return _first(year, first_month - 1).replace(day=15), date(year, last_month, 14)
    return date(year, first_month, 1), _first(year, last_month + 1) - timedelta(days=1)


def _first(year: int, month: int) -> date:
    """The first day of a month; month 0 is December before, month 13 January after."""
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


_LABELS: dict[str, dict[str, Callable[[int, int], str]]] = {
    "vi": {
        MONTH: lambda year, place: f"Tháng {place:02d}/{year}",
        QUARTER: lambda year, place: f"Quý {_ROMAN[place - 1]}/{year}",
        HALF: lambda year, place: f"6 tháng {('đầu', 'cuối')[place - 1]} năm {year}",
        NINE_MONTHS: lambda year, _: f"9 tháng năm {year}",
        YEAR: lambda year, _: f"Năm {year}",
    },
    "en": {
        MONTH: lambda year, place: f"{date(year, place, 1):%B} {year}",
        QUARTER: lambda year, place: f"Q{place} {year}",
        HALF: lambda year, place: f"{('First', 'Second')[place - 1]} half of {year}",
        NINE_MONTHS: lambda year, _: f"First nine months of {year}",
        YEAR: lambda year, _: f"Year {year}",
    },
}
