"""What reports add to the city's figures, and what that comes to: exact, in any order."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import add, sub
from typing import NamedTuple

from contracts.content import Content
from services.aggregation.contributions.measures import Place

TemplateKey = tuple[str, int]
"""A template's code and version."""

ZERO = Decimal(0)

Numbers = Sequence[Decimal]
"""What the fields of a form say, in the order of its `Form`; all of them say something."""


class Counted(NamedTuple):
    """The version of a report that counts, on which template, and its content."""

    version: int
    template: TemplateKey
    content: Content


class Amount(NamedTuple):
    """What a report adds at one place: to a sum, or to both sides of a ratio."""

    code: str
    breakdown: str
    numerator: Decimal
    denominator: Decimal | None = None


class Token(NamedTuple):
    """A value that a report brings to a distinct count."""

    code: str
    breakdown: str
    value: str


class Line(NamedTuple):
    """One figure of a form: the places of its fields among the numbers, of both sides."""

    code: str
    over: tuple[int, ...]
    under: tuple[int, ...] = ()

    def amount(self, numbers: Numbers) -> Amount:
        """What it comes to."""
        under = _sum(numbers, self.under) if self.under else None
        return Amount(self.code, "", _sum(numbers, self.over), under)


@dataclass(frozen=True, eq=False)
class Form:
    """The figures that are made of a form's fields alone.

    They are sums: of many reports in which no field is missing, it is enough to add up the
    fields, and to make the figures of the totals.
    """

    lines: tuple[Line, ...] = ()

    def amounts(self, numbers: Numbers) -> Iterator[Amount]:
        """Every figure, of fields none of which is missing."""
        return (line.amount(numbers) for line in self.lines)

    def holed(self, numbers: Sequence[Decimal | None]) -> tuple[list[Amount], list[Place]]:
        """The figures of which no field is missing, and the places of the others."""
        missing = {place for place, number in enumerate(numbers) if number is None}
        said = [number or ZERO for number in numbers]
        whole = [line for line in self.lines if missing.isdisjoint(line.over + line.under)]
        nulls = [(line.code, "") for line in self.lines if line not in whole]
        return [line.amount(said) for line in whole], nulls


BLANK = Form()


class Contribution(NamedTuple):
    """All that one version of a report adds.

    ``nulls`` are the places on which it says nothing. At a place that is in none of the
    parts it says zero: it has its list, with no row of that category.
    """

    form: Form = BLANK
    numbers: Numbers = ()
    """What the fields of the form say when none of them is missing; else ``others`` has it."""
    others: tuple[Amount, ...] = ()
    nulls: tuple[Place, ...] = ()
    tokens: tuple[Token, ...] = ()

    @property
    def amounts(self) -> Iterator[Amount]:
        """Every amount, that of the form first."""
        if self.numbers:
            yield from self.form.amounts(self.numbers)
        yield from self.others


class Tally:
    """A sum of contributions, or the difference between those that enter and that leave."""

    def __init__(self, contributions: Iterable[Contribution] = ()) -> None:
        """Starts with the sum of these."""
        self.values: Counter[Token] = Counter()
        """In how many reports each value stands."""
        self._forms: dict[Form, Numbers] = {}
        self._others: dict[Place, tuple[Decimal, Decimal]] = {}
        for contribution in contributions:
            self.add(contribution)

    def add(self, contribution: Contribution, sign: int = 1) -> None:
        """Add what a report says, or take it away with ``sign`` -1."""
        form, numbers, others, _, tokens = contribution
        if numbers:
            known = self._forms.get(form) or [ZERO] * len(numbers)
            self._forms[form] = [*map(add if sign > 0 else sub, known, numbers)]
        for amount in others:
            _add(self._others, amount, sign)
        for token in tokens:
            self.values[token] += sign

    @property
    def sums(self) -> dict[Place, tuple[Decimal, Decimal]]:
        """Numerator and denominator by place."""
        sums = dict(self._others)
        for form, numbers in self._forms.items():
            for amount in form.amounts(numbers):
                _add(sums, amount, 1)
        return sums


def _add(sums: dict[Place, tuple[Decimal, Decimal]], amount: Amount, sign: int) -> None:
    code, breakdown, numerator, denominator = amount
    over, under = sums.get((code, breakdown), (ZERO, ZERO))
    sums[code, breakdown] = over + sign * numerator, under + sign * (denominator or ZERO)


def _sum(numbers: Numbers, places: tuple[int, ...]) -> Decimal:
    first, *others = places
    total = numbers[first]
    for place in others:
        total += numbers[place]
    return total
