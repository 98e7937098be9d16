"""The demo's own sum: what the city's figures must be, from what was sent and approved.

Shares no code with the services on purpose. It adds up whole reports anew, where the line adds
and takes away one by one.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from deploy.demo.sheet import Json, Line, lines

Place = tuple[str, str]
"""A figure's code, and ``pip04=NSTP`` for a category, empty for the whole."""

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sum:
    """What a figure must say; value null when nobody stands behind it, or over zero."""

    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    counted: int
    null: int
    kinds: Mapping[str, int]
    """How many units of each kind stand behind it."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one report says of a figure."""

    over: Decimal = NOTHING
    under: Decimal = NOTHING
    names: frozenset[str] = frozenset()


def tally(
    template: Json, counted: Mapping[str, Json], kinds: Mapping[str, str]
) -> dict[Place, Sum]:
    """Every figure of a template from the bodies that count, by ward.

    ``kinds`` says of which kind each ward is.
    """
    return {
        (line.code, category): _sum(
            line, {ward: said(line, category, body) for ward, body in counted.items()}, kinds
        )
        for line in lines(template)
        for category in line.categories
    }


def percent(over: Decimal, under: Decimal) -> Decimal | None:
    """A share in percent with two places, half up; null over zero. Integers all the way."""
    if under == 0:
        return None
    numerator, denominator = (int(amount.scaleb(3)) for amount in (over, under))
    return Decimal((20_000 * numerator + denominator) // (2 * denominator)).scaleb(-2)


def _sum(line: Line, everyone: Mapping[str, Said | None], kinds: Mapping[str, str]) -> Sum:
    spoke = {ward: one for ward, one in everyone.items() if one is not None}
    over = sum((one.over for one in spoke.values()), NOTHING)
    under = sum((one.under for one in spoke.values()), NOTHING)
    names = frozenset[str]().union(*(one.names for one in spoke.values()))
    values = {"ratio": percent(over, under), "distinct": Decimal(len(names))}
    shows_operands = line.method == "ratio" and bool(spoke)
    return Sum(
        value=values.get(line.method, over) if spoke else None,
        numerator=over if shows_operands else None,
        denominator=under if shows_operands else None,
        counted=len(spoke),
        null=len(everyone) - len(spoke),
        kinds=Counter(kinds[ward] for ward in spoke),
    )


def said(line: Line, category: str, body: Json) -> Said | None:
    """What a report says of a figure; null when it leaves the figure open."""
    if line.table is None:
        values = {code: body["values"].get(code) for code in (*line.over, *line.under)}
        if None in values.values():
            return None
        amounts = {code: Decimal(value) for code, value in values.items()}
        return _added(line, amounts)
    rows = body["lists"].get(line.table)
    if rows is None:
        return None
    column, _, value = category.partition("=")
    return _said_by_rows(line, [row for row in rows if not column or row[column] == value])


def _said_by_rows(line: Line, rows: Sequence[Json]) -> Said | None:
    operands = (*line.over, *line.under)
    whole = [row for row in rows if all(row.get(code) is not None for code in operands)]
    if rows and not whole:
        return None
    marked = [row for row in whole if row[line.where]] if line.where else whole
    if line.method == "count":
        return Said(Decimal(len(marked)))
    if line.method == "distinct":
        return Said(names=frozenset(row[line.over[0]][: line.prefix] for row in marked))
    return _added(line, {code: _column(line, code, whole) for code in operands})


def _column(line: Line, code: str, rows: Sequence[Json]) -> Decimal:
    """A column added up; what rows share is added once."""
    shared_by = (line.once_per or {}).get(code)
    amounts: dict[object, Decimal] = {}
    for number, row in enumerate(rows):
        amounts.setdefault(row[shared_by] if shared_by else number, Decimal(row[code]))
    return sum(amounts.values(), NOTHING)


def _added(line: Line, amounts: Mapping[str, Decimal]) -> Said:
    over = sum((amounts[code] for code in line.over), NOTHING)
    return Said(over, sum((amounts[code] for code in line.under), NOTHING))
