"""Totals become figures: rounded at the very end, with who stands behind each of them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import floor

from contracts.catalogue import WardDefined
from contracts.figures import RATIO, SUM, Coverage, Figure, KindCoverage
from contracts.template import Text
from services.aggregation.contributions.measures import Measure, Place

PERCENT = Text(vi="%", en="%")
UNKNOWN = "unknown"
"""The kind of a ward that counts although the catalogue has not named it yet."""


@dataclass(frozen=True, slots=True)
class Total:
    """What was added up at one place."""

    numerator: Decimal
    denominator: Decimal


NOTHING = Total(Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class Contributors:
    """Wards whose reports count, on one version of the template, all silent at ``nulls``."""

    template_version: int
    nulls: tuple[Place, ...]
    wards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the totals of a figure set are at a revision; 0 before anything ever counted."""

    revision: int
    as_of: datetime
    totals: Mapping[Place, Total]
    contributors: Sequence[Contributors]


class Attendance:
    """Who is expected to stand behind the figures of a set, and who does."""

    def __init__(
        self,
        expected: Sequence[WardDefined],
        kinds: Mapping[str, str],
        contributors: Sequence[Contributors],
    ) -> None:
        """``kinds`` are those of all wards at the period's end."""
        self._kinds = kinds
        self._expected = Counter(kinds[ward.code] for ward in expected)
        self._counted = Counter(self._kind(ward) for each in contributors for ward in each.wards)

    def without(self, silent: Sequence[str] = ()) -> Coverage:
        """Coverage by all that count except these wards, who say nothing here."""
        counted = self._counted - Counter(self._kind(ward) for ward in silent)
        kinds = dict.fromkeys((*self._expected, *self._counted))
        return Coverage(
            counted=counted.total(),
            null=len(silent),
            expected=self._expected.total(),
            by_type={
                kind: KindCoverage(counted=counted[kind], expected=self._expected[kind])
                for kind in kinds
            },
        )

    def _kind(self, ward: str) -> str:
        return self._kinds.get(ward, UNKNOWN)


def figures(
    measures: Sequence[Measure],
    standing: Standing,
    attendance: Attendance,
    given: Mapping[int, frozenset[str]],
) -> Iterator[Figure]:
    """All figures of a set, in the order of its template.

    ``given`` are the codes that each version of the template gives: a report on another
    version says nothing on the others.
    """
    silent = _silent(measures, standing.contributors, given)
    coverages: dict[tuple[str, ...], Coverage] = {}
    for measure in measures:
        for at in measure.places_in_set:
            wards = tuple(silent.get(at, ()))
            if wards not in coverages:
                coverages[wards] = attendance.without(wards)
            yield _figure(measure, at, standing.totals.get(at, NOTHING), coverages[wards])


def _silent(
    measures: Sequence[Measure],
    contributors: Sequence[Contributors],
    given: Mapping[int, frozenset[str]],
) -> Mapping[Place, Sequence[str]]:
    silent: dict[Place, list[str]] = {}
    for each in contributors:
        other = [m for m in measures if m.code not in given[each.template_version]]
        unasked = (at for measure in other for at in measure.places_in_set)
        for at in (*each.nulls, *unasked):
            silent.setdefault(at, []).extend(each.wards)
    return silent


def _figure(measure: Measure, at: Place, total: Total, coverage: Coverage) -> Figure:
    column, _, category = at[1].partition("=")
    known = coverage.counted > 0
    ratio = measure.method == RATIO
    return Figure(
        code=measure.code,
        breakdown={column: category} if column else {},
        method=measure.method,
        value=value(measure, total) if known else None,
        unit=measure.unit or (PERCENT if ratio else None),
        numerator=exact(total.numerator, measure.places) if known and ratio else None,
        denominator=exact(total.denominator, measure.places) if known and ratio else None,
        coverage=coverage,
    )


def place(figure: Figure) -> Place:
    """Where a figure stands: its code and ``pip04=NSTP``, or empty for the whole."""
    return figure.code, "".join(f"{column}={code}" for column, code in figure.breakdown.items())


def value(measure: Measure, total: Total) -> Decimal | None:
    """The figure itself: percent with 2 places, money with 3, counts without; 0/0 is null."""
    if measure.method == RATIO:
        return percent(total.numerator, total.denominator)
    return exact(total.numerator, measure.places if measure.method == SUM else 0)


def percent(numerator: Decimal, denominator: Decimal) -> Decimal | None:
    """Exactly rounded half up to 2 places; null without a denominator."""
    if not denominator:
        return None
    hundredths = Fraction(numerator) / Fraction(denominator) * 100 * 100
    return Decimal(floor(hundredths + Fraction(1, 2))).scaleb(-2)


def exact(number: Decimal, places: int) -> Decimal:
    """The number with so many places; it has no more of them, so nothing is rounded."""
    return number.quantize(Decimal(1).scaleb(-places))
