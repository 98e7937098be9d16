"""Takes a report apart into what it adds to the figures of its template."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from contracts.content import Content, Row, Scalar
from contracts.figures import COUNT, DISTINCT
from contracts.template import Template
from services.aggregation.contributions import measures
from services.aggregation.contributions.domain import (
    ZERO,
    Amount,
    Contribution,
    Form,
    Line,
    Token,
)
from services.aggregation.contributions.measures import Measure, Misfit, Place

NUMBER: Final = r"[0-9]{1,12}+(?:\.[0-9]{1,3})?+"
_NUMBER = re.compile(NUMBER)
_MOST = 10**12
"""A thousand times what a form takes: whatever is larger came by another way."""
_NUMERIC = frozenset({int, str})

Rows = list[Row]


@dataclass(slots=True)
class _Parts:
    """What was found in a report so far."""

    amounts: list[Amount] = field(default_factory=list)
    nulls: list[Place] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)


class Plan:
    """How a template's reports are taken apart."""

    def __init__(self, template: Template) -> None:
        """Raises `Misfit` when a derived figure cannot be added up."""
        self.template = template
        self.measures = measures.of(template)
        on_form = [measure for measure in self.measures if measure.rows is None]
        self._fields = [each.code for each in on_form if each.operands == (each.code,)]
        self._are_numbers = re.compile(" ".join([NUMBER] * len(self._fields))).fullmatch
        of_fields = [each for each in on_form if set(each.operands) <= set(self._fields)]
        self._form = Form(tuple(map(self._line, of_fields)))
        self._mixed = [measure for measure in on_form if measure not in of_fields]
        self._on_rows = {
            name: [measure for measure in self.measures if measure.rows == name]
            for name in template.lists
        }

        self._is_plain = not self._mixed and not template.lists

    def _line(self, measure: Measure) -> Line:
        place = self._fields.index
        over, under = measure.numerators, measure.denominators
        return Line(measure.code, tuple(map(place, over)), tuple(map(place, under)))

    def contribution(self, content: Content) -> Contribution:
        """What one report adds; raises `Misfit` when the content is not the template's."""
        said = [*map(content.values.get, self._fields)]
        numbers = self._complete(said)
        if numbers is not None and self._is_plain:
            return Contribution(self._form, numbers)
        parts = _Parts()
        if numbers is None:
            parts.amounts, parts.nulls = self._form.holed([*map(_number, said)])
        for measure in self._mixed:
            self._add_mixed(measure, content, parts)
        for name, wanted in self._on_rows.items():
            self._add_list(wanted, self._slices(name, content.lists.get(name)), parts)
        found = (tuple(parts.amounts), tuple(parts.nulls), tuple(parts.tokens))
        return Contribution(self._form, numbers or (), *found)

    def _complete(self, said: Sequence[Scalar]) -> list[Decimal] | None:
        """All fields as numbers; null when one is missing or is none, which `_number` tells."""
        if not _NUMERIC.issuperset(map(type, said)):
            return None
        texts = [*map(str, said)]
        return [*map(Decimal, texts)] if self._are_numbers(" ".join(texts)) else None

    def _add_mixed(self, measure: Measure, content: Content, parts: _Parts) -> None:
        """A figure of the form that takes in the total of a column."""
        sides = {name: self._on_form(name, content) for name in measure.operands}
        if None in sides.values():
            parts.nulls.append((measure.code, ""))
        else:
            parts.amounts.append(_amount(measure, "", sides))

    def _add_list(
        self, wanted: Iterable[Measure], slices: Mapping[str, Rows] | None, parts: _Parts
    ) -> None:
        """The figures of a list; null when the list is."""
        for measure in wanted:
            if slices is None:
                parts.nulls += measure.places_in_set
            else:
                self._add_rows(measure, slices, parts)

    def _add_rows(self, measure: Measure, slices: Mapping[str, Rows], parts: _Parts) -> None:
        for breakdown, rows in slices.items():
            complete = _complete(measure, rows)
            if rows and not complete:
                parts.nulls.append((measure.code, breakdown))
            elif measure.method == DISTINCT:
                parts.tokens += _tokens(measure, breakdown, complete)
            else:
                parts.amounts.append(self._of_rows(measure, breakdown, complete))

    def _on_form(self, name: str, content: Content) -> Decimal | None:
        """A field's value, or the total of a column none of whose cells is missing."""
        if name in self.template.fields:
            return _number(content.values.get(name))
        rows = next(
            content.lists.get(code)
            for code, part in self.template.lists.items()
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
        for column in self.template.lists[name].breakdowns:
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
        shared_by = self.template.column(name).once_per
        if shared_by:
            rows = {row.get(shared_by): row for row in reversed(list(rows))}.values()
        return sum((_number(row[name]) or ZERO for row in rows), ZERO)


def _amount(measure: Measure, breakdown: str, sides: Mapping[str, Decimal | None]) -> Amount:
    over = _sum(sides, measure.denominators) if measure.denominators else None
    return Amount(measure.code, breakdown, _sum(sides, measure.numerators), over)


def _sum(numbers: Mapping[str, Decimal | None], names: tuple[str, ...]) -> Decimal:
    first, *others = names
    total = numbers[first] or ZERO
    for name in others:
        total += numbers[name] or ZERO
    return total


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
    if type(value) is int and 0 <= value < _MOST:
        return Decimal(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(value)
    raise Misfit(f"not a number: {value!r}")
