"""What a made-up report is drawn from: the unit's size, the period, chance, the report before."""

from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

from contracts.period import HALF, MONTH, QUARTER, YEAR, Period

Form = dict[str, Any]
"""The values and lists of a report body."""

_MONTHS = {MONTH: 1, QUARTER: 3, HALF: 6, YEAR: 12}
_SIZE_OF_KIND = {"phuong": 1.15, "xa": 0.75}
_SIZE_OF_OTHERS = 0.35


@dataclass(frozen=True, slots=True)
class Ward:
    """A commune-level unit, as ``GET /v1/wards`` tells it."""

    code: str
    name: str
    kind: str


@dataclass(frozen=True)
class Scene:
    """One report about to be written; the same arguments always draw the same numbers.

    ``before`` is the form of the period before (null in the first), ``turn`` how many
    periods came before.
    """

    ward: Ward
    template: str
    period: Period
    seed: int
    before: Form | None
    turn: int

    @cached_property
    def months(self) -> int:
        """How many months the period has."""
        return _MONTHS[self.period.frequency]

    @cached_property
    def size(self) -> float:
        """The unit against the average of the city, which is about 1."""
        own = _random(self.seed, self.ward.code).triangular(0.6, 1.5, 0.9)
        return own * _SIZE_OF_KIND.get(self.ward.kind, _SIZE_OF_OTHERS)

    @cached_property
    def chance(self) -> Random:
        """What differs from period to period."""
        return _random(self.seed, self.ward.code, self.template, self.period.code)

    def lasting(self, name: str, low: float, high: float) -> float:
        """What stays the same for the unit in every period."""
        return _random(self.seed, self.ward.code, self.template, name).uniform(low, high)

    def everywhere(self, name: str, low: float, high: float) -> float:
        """What is the same in every unit and period."""
        return _random(self.seed, name).uniform(low, high)

    def about(self, mean: float, spread: float = 0.2) -> int:
        """A number for a unit of this size, where the average unit has ``mean``."""
        return round(mean * self.size * self.chance.uniform(1 - spread, 1 + spread))

    def share(self, whole: int, low: float, high: float) -> int:
        """A part of a whole, between two shares of it."""
        return int(whole * self.chance.uniform(low, high))

    def last(self, name: str) -> int | None:
        """The value of the period before: a count, or money in thousandths."""
        value = self.before["values"].get(name) if self.before else None
        return thousandths(value) if isinstance(value, str) else value

    def grown(self, name: str, whole: int, start: tuple[float, float], low: float) -> int:
        """A part of a whole that never falls: of what is left, ``low`` to twice that is won."""
        last = self.last(name)
        if last is None:
            return self.share(whole, *start)
        return last + self.share(max(0, whole - last), low, 2 * low)


def money(amount: int) -> str:
    """An amount in thousandths of a *triệu đồng*, as a report writes it."""
    return f"{amount // 1000}.{amount % 1000:03d}"


def thousandths(written: str) -> int:
    """The opposite of ``money``."""
    return int(written.replace(".", ""))


def _random(*of: object) -> Random:
    return Random("/".join(map(str, of)))  # noqa: S311 - made-up data must repeat
