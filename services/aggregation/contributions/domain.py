"""What one counted report adds to the city's figures: exact, whatever came before it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from contracts.content import Content, Row, Scalar
from contracts.figures import COUNT, DISTINCT
from contracts.template import Template
from services.aggregation.contributions import measures
from services.aggregation.contributions.measures import Measure, Misfit, Place

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_ZERO = Decimal(0)

Rows = list[Row]


@dataclass(frozen=True, slots=True)
class Amount:
    """What a report adds at one place: to a sum, or to both sides of a ratio."""

    code: str
    breakdown: str
    numerator: Decimal
    denominator: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Token:
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


def contribution(template: Template, content: Content) -> Contribution:
    """What a report adds; raises `Misfit` when the content is not the template's."""
    return Plan(template).contribution(content)


class Plan:
    """How a template's reports are taken apart; made once for many of them."""

    def __init__(self, template: Template) -> None:
        """Raises `Misfit` when a derived figure cannot be added up."""
        wanted = measures.of(template)
        self._template = template
        self._on_form = [measure for measure in wanted if measure.rows is None]
        self._on_rows = {
            name: [measure for measure in wanted if measure.rows == name] for name in template.lists
        }
        self._operands = {name for measure in self._on_form for name in measure.operands}

    def contribution(self, content: Content) -> Contribution:
        """What one report adds."""
        numbers = {name: self._number(name, content) for name in self._operands}
        amounts: list[Amount] = []
        nulls: list[Place] = []
        tokens: list[Token] = []
        for measure in self._on_form:
            if any(numbers[name] is None for name in measure.operands):
                nulls.append((measure.code, ""))
            else:
                amounts.append(_amount(measure, "", numbers))
        for name, wanted in self._on_rows.items():
            slices = self._slices(name, content.lists.get(name))
            for measure in wanted:
                if slices is None:
                    nulls += measure.places_in_set
                    continue
                for breakdown, rows in slices.items():
                    complete = _complete(measure, rows)
                    if rows and not complete:
                        nulls.append((measure.code, breakdown))
                    elif measure.method == DISTINCT:
                        tokens += _tokens(measure, breakdown, complete)
                    else:
                        amounts.append(self._of_rows(measure, breakdown, complete))
        return Contribution(tuple(amounts), tuple(nulls), tuple(tokens))

    def _number(self, name: str, content: Content) -> Decimal | None:
        """A field's value, or the total of a column none of whose cells is missing."""
        if name in self._template.fields:
            return _number(content.values.get(name))
        rows = next(
            content.lists.get(code)
            for code, part in self._template.lists.items()
            if name in part.columns
        )
        if rows is None or any(row.get(name) is None for row in rows):
            return None
        return self._total(name, rows)

    def _slices(self, name: str, rows: Iterable[Row] | None) -> dict[str, Rows] | None:
        """The rows of a list, whole and by category; null when the list is."""
        if rows is None:
            return None
        slices: dict[str, Rows] = {"": list(rows)}
        for column in self._template.lists[name].breakdowns:
            for row in slices[""]:
                if row.get(column) is not None:
                    slices.setdefault(f"{column}={row[column]}", []).append(row)
        return slices

    def _of_rows(self, measure: Measure, breakdown: str, rows: Rows) -> Amount:
        if measure.method == COUNT:
            return Amount(measure.code, breakdown, Decimal(len(_marked(measure, rows))))
        totals = {name: self._total(name, rows) for name in measure.operands}
        return _amount(measure, breakdown, totals)

    def _total(self, name: str, rows: Iterable[Row]) -> Decimal:
        """A column's sum; an amount that rows share is added once for all of them."""
        shared_by = self._template.column(name).once_per
        if shared_by:
            rows = {row.get(shared_by): row for row in reversed(list(rows))}.values()
        return sum((_number(row[name]) or _ZERO for row in rows), _ZERO)


def _amount(measure: Measure, breakdown: str, values: Mapping[str, Decimal | None]) -> Amount:
    over = measure.denominators
    return Amount(
        measure.code,
        breakdown,
        sum((values[name] or _ZERO for name in measure.numerators), _ZERO),
        sum((values[name] or _ZERO for name in over), _ZERO) if over else None,
    )


def _complete(measure: Measure, rows: Rows) -> Rows:
    """The rows on which every operand is present: a ratio takes both sides from them."""
    return [row for row in rows if all(row.get(name) is not None for name in measure.operands)]


def _marked(measure: Measure, rows: Rows) -> Rows:
    return [row for row in rows if row.get(measure.where) is True] if measure.where else rows


def _tokens(measure: Measure, breakdown: str, rows: Rows) -> Iterator[Token]:
    column = measure.numerators[0]
    values = {str(row[column])[: measure.prefix] for row in _marked(measure, rows)}
    for value in sorted(values):
        yield Token(measure.code, breakdown, value)


def _number(value: Scalar) -> Decimal | None:
    if value is None:
        return None
    if type(value) is int:
        return Decimal(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(value)
    raise Misfit(f"not a number: {value!r}")
