"""The city's figures as anyone reads them, held against the demo's own sum."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from deploy.demo.courses import Report
from deploy.demo.tally import Place, Sum, tally

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Checked:
    """One figure as it was read, and what is wrong with it; empty when nothing is."""

    place: Place
    read: Json
    wrong: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The figures of one template and period as they were answered, each of them checked."""

    answer: Json
    figures: list[Checked]

    @property
    def wrong(self) -> list[Checked]:
        """Those that are not as they must be."""
        return [figure for figure in self.figures if figure.wrong]


def check(
    template: Json, answer: Json, reports: Sequence[Report], kinds: Mapping[str, str]
) -> Sheet:
    """Hold them against the own sum; ``kinds`` are those of all wards that owe a report."""
    counted = {r.ward.code: r.counted_body for r in reports if r.counted_body is not None}
    expected = tally(template, counted, kinds)
    owing = Counter(kinds.values())
    read = {_place(figure): figure for figure in answer["figures"]}
    checked = []
    for place in sorted({*read, *expected}):
        figure, own = read.get(place, {}), expected.get(place)
        wrong = "; ".join(_differences(figure, own, owing)) if figure and own else "not in both"
        checked.append(Checked(place, figure, wrong))
    return Sheet(answer, checked)


def _place(figure: Json) -> Place:
    breakdown = "".join(f"{column}={value}" for column, value in figure["breakdown"].items())
    return figure["code"], breakdown


def _differences(figure: Json, own: Sum, owing: Mapping[str, int]) -> Iterator[str]:
    coverage = figure["coverage"]
    for name, said, wanted in (
        ("value", _number(figure["value"]), own.value),
        ("numerator", _number(figure["numerator"]), own.numerator),
        ("denominator", _number(figure["denominator"]), own.denominator),
        ("counted", coverage["counted"], own.counted),
        ("null", coverage["null"], own.null),
        ("expected", coverage["expected"], sum(owing.values())),
        (
            "by_type",
            _by_kind(coverage),
            {kind: (own.kinds.get(kind, 0), due) for kind, due in owing.items()},
        ),
    ):
        if said != wanted:
            yield f"{name} is {said}, own sum {wanted}"


def _by_kind(coverage: Json) -> dict[str, tuple[int, int]]:
    kinds: Json = coverage["by_type"]
    return {kind: (one["counted"], one["expected"]) for kind, one in kinds.items()}


def _number(said: int | str | None) -> Decimal | None:
    return None if said is None else Decimal(said)
