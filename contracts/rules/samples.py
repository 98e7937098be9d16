"""Generated values for the names of a rule: the same ones every time."""

import random
from collections.abc import Iterator, Mapping

from contracts.rules.names import PLACES, Bound
from contracts.scalars import MOST_COUNT, MOST_MONEY
from contracts.template import DATE, ENUM, FLAG, INT, MONEY, Field

DRAWS = 400
_NUMBERS = (0, 1, 2, 3, 5, 7, 10, 100, 1_000, 20_000)
_TEXTS = ("", "a", "Đ" * 60, "Đ" * 300)
_DAYS = ("2025-01-01", "2025-07-01", "2026-02-28", "2030-12-31")
_LEVELS = 4


def of(names: Mapping[str, Field]) -> Iterator[dict[str, Bound]]:
    """Samples where all values are alike, lowest to highest, and then drawn at random."""
    domains = {name: domain(field) for name, field in names.items()}
    for level in range(_LEVELS):
        yield {name: d[level * (len(d) - 1) // (_LEVELS - 1)] for name, d in domains.items()}
    draw = random.Random(20250701)  # noqa: S311 - repeatable, not secret
    for _ in range(DRAWS):
        few = {name: draw.choice(d) for name, d in domains.items()}
        yield few
        yield {name: d[0] if draw.random() < 0.5 else few[name] for name, d in domains.items()}  # noqa: PLR2004 - an even chance


def domain(field: Field) -> list[Bound]:
    """Values a field can take, the lowest first, its bounds among them."""
    if field.type == FLAG:
        return [False, True]
    if field.type == ENUM:
        return list(field.values or ("",))
    if field.type == DATE:
        return list(_DAYS)
    if field.type in {INT, *PLACES}:
        return list(_numbers(field))
    return list(_TEXTS)


def _numbers(field: Field) -> list[int]:
    """Bound numbers within the field's own limits, in its last place."""
    scale = 10 ** PLACES.get(field.type, 0)
    highest = {INT: MOST_COUNT, MONEY: MOST_MONEY}.get(field.type, 100)
    least = int(field.min * scale)
    most = int(min(field.max if field.max is not None else highest, highest) * scale)
    tried = {number * unit for number in _NUMBERS for unit in (1, scale)}
    return sorted({n for n in tried if least <= n <= most} | {least, most})
