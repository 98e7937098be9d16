"""Figures over several periods: the pure part of a basis that no endpoint offers yet."""

from collections.abc import Sequence
from decimal import Decimal

from contracts.figures import RATIO, Coverage, Figure, KindCoverage
from contracts.template import FLOW
from services.aggregation.figures.domain import percent


def roll_up(kind: str, periods: Sequence[Figure]) -> Figure:
    """One figure over several periods, given in order, of a measure of that kind.

    A flow is the sum, with its coverage in ward-periods. Of a stock or a cumulative the
    last period alone speaks: what a ward said earlier is never carried forward.
    """
    last = periods[-1]
    if kind != FLOW:
        return last
    numerator, denominator = _plus(periods, "numerator"), _plus(periods, "denominator")
    summed = _plus(periods, "value")
    if last.method == RATIO:
        known = numerator is not None and denominator is not None
        summed = percent(numerator or Decimal(0), denominator or Decimal(0)) if known else None
    return last.model_copy(
        update={
            "value": summed,
            "numerator": numerator,
            "denominator": denominator,
            "coverage": _together([figure.coverage for figure in periods]),
        }
    )


def _plus(periods: Sequence[Figure], part: str) -> Decimal | None:
    said = [getattr(figure, part) for figure in periods]
    known = [number for number in said if number is not None]
    return sum(known, Decimal(0)) if known else None


def _together(coverages: Sequence[Coverage]) -> Coverage:
    kinds = dict.fromkeys(kind for coverage in coverages for kind in coverage.by_type)
    nobody = KindCoverage(counted=0, expected=0)
    parts = {kind: [c.by_type.get(kind, nobody) for c in coverages] for kind in kinds}
    return Coverage(
        counted=sum(coverage.counted for coverage in coverages),
        null=sum(coverage.null for coverage in coverages),
        expected=sum(coverage.expected for coverage in coverages),
        by_type={
            kind: KindCoverage(
                counted=sum(part.counted for part in of_kind),
                expected=sum(part.expected for part in of_kind),
            )
            for kind, of_kind in parts.items()
        },
    )
