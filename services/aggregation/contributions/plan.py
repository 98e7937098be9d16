"""Takes a report apart into what it adds to the figures of its template."""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from contracts.content import Content, Row, Scalar
from contracts.figures import COUNT, DISTINCT
from contracts.template import Template
from services.aggregation.contributions import measures
from services.aggregation.contributions.domain import Amount, Contribution, Token
from services.aggregation.contributions.measures import Measure, Misfit, Place

_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,3})?")
_MOST = 10**12
"""A thousand times what a form takes: whatever is larger came by another way."""
_ZERO = Decimal(0)

Rows = list[Row]


def contribution(template: Template, content: Content) -> Contribution:
    """What a report adds; raises `Misfit` when the content is not the template's."""
    return Plan(template).contribution(content)


class Plan:
    """How a template's reports are taken apart; made once for many of them."""

    def __init__(self, template: Template) -> None:
        """Raises `Misfit` when a derived figure cannot be added up."""
        wanted = measures.of(template)
        on_form = [measure for measure in wanted if measure.rows is None]
        self._template = template
        self._plain = [each.code for each in on_form if each.operands == (each.code,)]
        self._made = [measure for measure in on_form if measure.code not in self._plain]
        self._on_rows = {
            name: [measure for measure in wanted if measure.rows == name] for name in template.lists
        }

    def contribution(self, content: Content) -> Contribution:
        """What one report adds."""
        amounts: list[Amount] = []
        nulls: list[Place] = []
        tokens: list[Token] = []
        numbers = {code: _number(content.values.get(code)) for code in self._plain}
        for code, number in numbers.items():
            if number is None:
                nulls.append((code, ""))
            else:
                amounts.append(Amount(code, "", number))
        for measure in self._made:
            sides = {name: self._on_form(name, content, numbers) for name in measure.operands}
            if None in sides.values():
                nulls.append((measure.code, ""))
            else:
                amounts.append(_amount(measure, "", sides))
        for name, wanted in self._on_rows.items():
            slices = self._slices(name, content.lists.get(name))
            for measure in wanted:
                if slices is None:
                    nulls += measure.places_in_set
                else:
                    self._add_rows(measure, slices, amounts, nulls, tokens)
        return Contribution(tuple(amounts), tuple(nulls), tuple(tokens))

    def _add_rows(
        self,
        measure: Measure,
        slices: Mapping[str, Rows],
        amounts: list[Amount],
        nulls: list[Place],
        tokens: list[Token],
    ) -> None:
        for breakdown, rows in slices.items():
            complete = _complete(measure, rows)
            if rows and not complete:
                nulls.append((measure.code, breakdown))
            elif measure.method == DISTINCT:
                tokens += _tokens(measure, breakdown, complete)
            else:
                amounts.append(self._of_rows(measure, breakdown, complete))

    def _on_form(
        self, name: str, content: Content, numbers: Mapping[str, Decimal | None]
    ) -> Decimal | None:
        """A field's value, or the total of a column none of whose cells is missing."""
        if name in numbers:
            return numbers[name]
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


def _amount(measure: Measure, breakdown: str, sides: Mapping[str, Decimal | None]) -> Amount:
    over = _sum(sides, measure.denominators) if measure.denominators else None
    return Amount(measure.code, breakdown, _sum(sides, measure.numerators), over)


def _sum(numbers: Mapping[str, Decimal | None], names: tuple[str, ...]) -> Decimal:
    first, *others = names
    total = numbers[first] or _ZERO
    for name in others:
        total += numbers[name] or _ZERO
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
