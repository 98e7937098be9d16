"""The values of a report, and of the one before, under the names that rules use."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from contracts.content import Content, Row, row_key
from contracts.period import Period
from contracts.rules.derived import derived_value
from contracts.rules.names import CORRECTION, FIRST, FIRST_OF_YEAR, PREVIOUS, Bound, bound
from contracts.rules.rulebook import Rulebook
from contracts.template import List

Values = dict[str, Bound | None]


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the verdict on a report depends on.

    ``previous`` is what counts for the period before; ``correction``: an approved version
    of this report exists.
    """

    content: Content
    period: Period
    previous: Content | None = None
    correction: bool = False


def report_values(book: Rulebook, facts: Facts) -> Values:
    """The names of the whole report that its rules use."""
    values = _values(book, facts.content)
    if facts.previous is not None and book.looks_back:
        before = _values(book, facts.previous)
        values |= {PREVIOUS + name: value for name, value in before.items()}
    values[FIRST_OF_YEAR] = facts.period.first_of_year
    values[CORRECTION] = facts.correction
    return values


def _values(book: Rulebook, content: Content) -> Values:
    given = content.values
    values = {name: bound(field, given.get(name)) for name, field in book.fields.items()}
    for name, figure in book.figures.items():
        made = derived_value(book.template, figure, content)
        values[name] = int(made * 1000) if isinstance(made, Decimal) else made
    return values


def row_values(
    form: List, rows: tuple[Row, ...], before: tuple[Row, ...]
) -> Iterator[tuple[str, Values]]:
    """Each row's key and the names that are its own; a new row has no ``prev_``."""
    firsts = _firsts(form, rows)
    earlier = {row_key(form.key, row): row for row in before}
    for row in rows:
        key = row_key(form.key, row)
        values = {name: bound(field, row.get(name)) for name, field in form.columns.items()}
        for name, column in form.columns.items():
            if column.once_per:
                values[FIRST + name] = firsts.get((name, row.get(column.once_per)))
            if key in earlier:
                values[PREVIOUS + name] = bound(column, earlier[key].get(name))
        yield key, values


def _firsts(form: List, rows: tuple[Row, ...]) -> Mapping[tuple[str, object], Bound]:
    """The first value that each group of rows gives in a column they share."""
    firsts: dict[tuple[str, object], Bound] = {}
    for name, column in form.columns.items():
        for row in rows if column.once_per else ():
            value = bound(column, row.get(name))
            if value is not None:
                firsts.setdefault((name, row.get(column.once_per or "")), value)
    return firsts
