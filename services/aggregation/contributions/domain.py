"""What reports add to the city's figures, and what that comes to: exact, in any order."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from services.aggregation.contributions.measures import Place

_ZERO = Decimal(0)


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


@dataclass(frozen=True, slots=True)
class Contribution:
    """All that one version of a report adds.

    ``nulls`` are the places on which it says nothing. At a place that is in none of the
    three it says zero: it has its list, with no row of that category.
    """

    amounts: tuple[Amount, ...] = ()
    nulls: tuple[Place, ...] = ()
    tokens: tuple[Token, ...] = ()


class Tally:
    """A sum of contributions, or the difference between those that enter and that leave."""

    def __init__(self, contributions: Iterable[Contribution] = ()) -> None:
        """Starts with the sum of these."""
        self.sums: dict[Place, tuple[Decimal, Decimal]] = {}
        """Numerator and denominator by place."""
        self.values: Counter[Token] = Counter()
        """In how many reports each value stands."""
        for contribution in contributions:
            self.add(contribution)

    def add(self, contribution: Contribution, sign: int = 1) -> None:
        """Add what a report says, or take it away with ``sign`` -1."""
        for code, breakdown, numerator, denominator in contribution.amounts:
            over, under = self.sums.get((code, breakdown), (_ZERO, _ZERO))
            over += sign * numerator
            under += sign * denominator if denominator else _ZERO
            self.sums[code, breakdown] = over, under
        for token in contribution.tokens:
            self.values[token] += sign
