"""A report template: the fields of the form, its rules, and the figures made from it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Self

from pydantic import Field as Constrained
from pydantic import model_validator

from contracts.event import Contract

INT, MONEY, PERCENT = "int", "money", "percent"
ENUM, TEXT, DATE, FLAG = "enum", "text", "date", "flag"
FLOW, STOCK, CUMULATIVE = "flow", "stock", "cumulative"
ERROR, WARNING, INFO = "E", "W", "info"
MANUAL, AUTOMATIC = "manual", "automatic"


class Text(Contract):
    """One text in both languages of the product."""

    vi: str
    en: str


class Field(Text):
    """One field of a form, or one column of a list; ``vi`` and ``en`` are its label.

    ``type``: int (persons, cases, attendances …), money (*triệu đồng*, 3 places), percent
    (0–100, 2 places, typed only where no numerator exists), enum, text, date or flag.
    ``kind``: a ``flow`` belongs to the period, a ``stock`` to its last day, a
    ``cumulative`` runs since the last ``reset``.
    """

    type: str
    kind: str | None = None
    reset: str | None = None
    unit: Text | None = None
    help: Text | None = None
    of: str | None = None
    """The field that this one is a part of ("trong đó")."""
    values: dict[str, Text] | None = None
    """The codes of an enum and what each means."""
    once_per: str | None = None
    """The column whose rows share one value of this: an amount is summed once for them."""
    optional: bool = False
    """May be left out without a reason."""
    nullable: bool = True
    """May be null with a reason (a gap)."""
    min: Decimal = Decimal(0)
    max: Decimal | None = None
    max_length: int = 300
    pattern: str | None = None
    """The form of a text, as a regular expression that matches the whole of it."""

    @property
    def numeric(self) -> bool:
        """Whether the field can be added up."""
        return self.type in {INT, MONEY}


class List(Text):
    """A table of rows under one report; ``key`` names the columns that identify a row."""

    key: tuple[str, ...]
    max_rows: int = 200
    columns: dict[str, Field]
    breakdowns: tuple[str, ...] = ()
    """The enum columns by which city totals are also given."""


class Ratio(Contract):
    """Sum of the numerators over sum of the denominators."""

    num: tuple[str, ...]
    den: tuple[str, ...]


class Derived(Text):
    """A figure nobody types: exactly one of the four ways to make it is given."""

    ratio: Ratio | None = None
    sum: tuple[str, ...] | None = None
    distinct: str | None = None
    """``list.column``: how many different values stand there."""
    count: str | None = None
    """A list: how many rows it has."""
    where: str | None = None
    """A flag column: only rows where it is true (with ``distinct`` or ``count``)."""
    prefix: int | None = None
    """Only so many first characters tell values apart (with ``distinct``)."""
    unit: Text | None = None
    help: Text | None = None
    target: Decimal | None = None
    """What a ratio should reach, in percent."""

    @model_validator(mode="after")
    def _made_in_one_way(self) -> Self:
        ways = (self.ratio, self.sum, self.distinct, self.count)
        if sum(way is not None for way in ways) != 1:
            message = "exactly one of ratio, sum, distinct, count"
            raise ValueError(message)
        return self


class Needs(Contract):
    """A text field that must say at least ``min`` characters when the rule is broken."""

    field: str
    min: int


class Rule(Text):
    """One check in CEL that holds for a sound report; ``vi`` and ``en`` say what is wrong.

    ``fields`` are those the finding points at; ``row`` runs it on each row of a list,
    ``each`` on each named field as ``x`` (and ``prev_x``).
    """

    severity: str
    check: str
    fields: tuple[str, ...] = ()
    when: str | None = None
    row: str | None = None
    each: tuple[str, ...] = ()
    explain: int | None = None
    """The least number of characters of an explanation that lets a warning pass."""
    needs: Needs | None = None
    severity_if_correction: str | None = None


class Group(Text):
    """A section of the form: fields, lists, and the derived figures shown among them."""

    fields: tuple[str, ...]


class OwedBy(Contract):
    """Which wards owe the report: all, or those of some kinds."""

    all: bool = False
    kinds: tuple[str, ...] = ()


class Template(Contract):
    """One version of a template; a code never changes its scheme."""

    code: str = Constrained(pattern=r"^[A-Z]{2,8}$")
    version: int = Constrained(ge=1)
    name: Text
    regime: str
    scheme: str
    frequencies: tuple[str, ...]
    valid_from: date
    owed_by: OwedBy
    review: str
    legal_basis: Text
    groups: tuple[Group, ...]
    fields: dict[str, Field] = {}
    lists: dict[str, List] = {}
    derived: dict[str, Derived] = {}
    rules: dict[str, Rule] = {}

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        columns = [name for part in self.lists.values() for name in part.columns]
        names = [*self.fields, *columns, *self.derived]
        if len(set(names)) != len(names):
            message = "a name stands twice"
            raise ValueError(message)
        known = {*names, *self.lists}
        unknown = {name for name in self._mentions() if name not in known}
        if unknown:
            message = f"unknown names: {', '.join(sorted(unknown))}"
            raise ValueError(message)
        return self

    def _mentions(self) -> Iterator[str]:
        for group in self.groups:
            yield from group.fields
        for rule in self.rules.values():
            yield from (*rule.fields, *rule.each, *filter(None, (rule.row,)))
        for made in self.derived.values():
            yield from made.sum or ()
            yield from (*made.ratio.num, *made.ratio.den) if made.ratio else ()
            yield from made.distinct.split(".") if made.distinct else ()
            yield from filter(None, (made.count, made.where))
        for part in self.lists.values():
            yield from (*part.key, *part.breakdowns)

    def column(self, name: str) -> Field:
        """The field or column of that name, wherever it stands."""
        if name in self.fields:
            return self.fields[name]
        return next(part.columns[name] for part in self.lists.values() if name in part.columns)
