"""What a rule may name, and the type behind each name."""

from collections.abc import Mapping

from contracts.template import (
    FLAG,
    INT,
    MONEY,
    PERCENT,
    TEXT,
    Derived,
    Field,
    List,
    Rule,
    Template,
)

Bound = int | str | bool
"""A value as CEL sees it: always one of int64, string, bool."""

PREVIOUS, FIRST = "prev_", "first_"
FIRST_OF_YEAR, CORRECTION, X, LABEL = "first_of_year", "correction", "x", "label"
RESERVED = frozenset({FIRST_OF_YEAR, CORRECTION, X, LABEL, "abs", "chars"})
PLACES: Mapping[str, int] = {MONEY: 3, PERCENT: 2}
"""Decimal places that are bound as part of an integer."""

_FLAG = Field(type=FLAG, vi="", en="")


def bound(field: Field, value: object) -> Bound | None:
    """A value of the content as CEL sees it; null for what is absent or of another type."""
    if field.type in PLACES:
        return _scaled(value, PLACES[field.type]) if isinstance(value, str) else None
    kind = {INT: int, FLAG: bool}.get(field.type, str)
    return value if type(value) is kind else None  # type: ignore[return-value] # one of the three


def _scaled(text: str, places: int) -> int | None:
    """The digits of a decimal text as an integer of its last place, without rounding."""
    whole, _, decimals = text.partition(".")
    digits = whole + decimals.ljust(places, "0")
    fits = len(decimals) <= places and digits.isascii() and digits.isdigit()
    return int(digits) if fits else None


def report_names(template: Template) -> dict[str, Field]:
    """The names of a whole report with their types: fields and derived figures."""
    made = {
        name: derived_type(template, figure)
        for name, figure in template.derived.items()
        if figure.ratio is None
    }
    return template.fields | made


def derived_type(template: Template, figure: Derived) -> Field:
    """A derived figure as if it were a field: money when it adds up money, else a count."""
    money = figure.sum is not None and template.column(figure.sum[0]).type == MONEY
    kind = PERCENT if figure.ratio else MONEY if money else INT
    return Field(type=kind, vi=figure.vi, en=figure.en, unit=figure.unit)


def row_names(form: List) -> dict[str, Field]:
    """The names of one row with their types, without those of the row before."""
    first = {FIRST + name: field for name, field in form.columns.items() if field.once_per}
    return form.columns | first


def known_names(template: Template, rule: Rule) -> dict[str, Field]:
    """Every name a rule may use in its conditions, with its type.

    ``x`` has the type of the first field of ``each``: they are all of one type.
    """
    names = report_names(template)
    if rule.row in template.lists:
        names |= row_names(template.lists[rule.row])
    if rule.each:
        names[X] = names.get(rule.each[0], Field(type=TEXT, vi="", en=""))
    previous = {PREVIOUS + name: field for name, field in names.items()}
    return names | previous | {FIRST_OF_YEAR: _FLAG, CORRECTION: _FLAG}
