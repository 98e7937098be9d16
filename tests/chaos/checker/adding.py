"""Adds reports up as the department's description says, from the templates' own words alone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

Json = Mapping[str, Any]
At = tuple[str, str]
"""A figure's code, and ``pip04=NSTP`` or empty for the whole."""
Sides = tuple[Decimal, Decimal]
NUMBERS: Final = ("int", "money")
NOTHING: Final = (Decimal(0), Decimal(0))


@dataclass
class Sum:
    """Figures over some reports: both sides by place, and the values that are told apart."""

    sides: dict[At, Sides] = field(default_factory=lambda: defaultdict(lambda: NOTHING))
    values: dict[At, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, at: At, over: Decimal, under: Decimal = Decimal(0)) -> None:
        """Add to both sides of a place."""
        before = self.sides[at]
        self.sides[at] = (before[0] + over, before[1] + under)

    def total(self) -> dict[At, Sides]:
        """Both sides of every place that is not zero; of values, how many there are."""
        counted = {at: (Decimal(len(kept)), Decimal(0)) for at, kept in self.values.items()}
        return {at: sides for at, sides in (self.sides | counted).items() if any(sides)}


def added(reports: Iterable[tuple[Json, Json]]) -> dict[At, Sides]:
    """The figures over these reports, each its template and its content."""
    total = Sum()
    for template, content in reports:
        Report(template, content).into(total)
    return total.total()


class Report:
    """One report, taken apart."""

    def __init__(self, template: Json, content: Json) -> None:
        self.form = template.get("fields") or {}
        self.lists = template.get("lists") or {}
        self.derived = template.get("derived") or {}
        self.values = content.get("values") or {}
        self.rows = content.get("lists") or {}

    def into(self, total: Sum) -> None:
        """Add everything that it says."""
        for code, described in self.form.items():
            if described["type"] in NUMBERS and self.values.get(code) is not None:
                total.add((code, ""), Decimal(self.values[code]))
        for name, described in self.lists.items():
            for code, column in described["columns"].items():
                if column["type"] in NUMBERS:
                    self.over_rows(total, code, name, ([code], []))
        for code, made in self.derived.items():
            self.made(total, code, made)

    def made(self, total: Sum, code: str, made: Json) -> None:
        """Add a figure that nobody types."""
        if made.get("distinct"):
            name, _, column = made["distinct"].partition(".")
            self.distinct(total, code, name, column, made)
        elif made.get("count"):
            for breakdown, rows in self.slices(made["count"]):
                total.add((code, breakdown), Decimal(len(marked(rows, made))))
        else:
            ratio = made.get("ratio") or {"num": made["sum"], "den": []}
            sides = [*self.names(ratio["num"])], [*self.names(ratio["den"])]
            self.ratio(total, code, sides)

    def ratio(self, total: Sum, code: str, sides: tuple[list[str], list[str]]) -> None:
        """Add both sides where every operand is there."""
        wanted = [*sides[0], *sides[1]]
        for name, described in self.lists.items():
            if all(each in described["columns"] for each in wanted):
                self.over_rows(total, code, name, sides)
                return
        known = {name: self.number(name) for name in wanted}
        if None not in known.values():
            over, under = (
                sum((known[n] or Decimal(0) for n in side), Decimal(0)) for side in sides
            )
            total.add((code, ""), over, under)

    def over_rows(
        self, total: Sum, code: str, name: str, sides: tuple[list[str], list[str]]
    ) -> None:
        """Add both sides over rows, whole and by category, where a row has all operands."""
        for breakdown, rows in self.slices(name):
            whole = [
                row for row in rows if all(row.get(n) is not None for n in (*sides[0], *sides[1]))
            ]
            over, under = (sum((self.column(n, whole) for n in side), Decimal(0)) for side in sides)
            total.add((code, breakdown), over, under)

    def distinct(self, total: Sum, code: str, name: str, column: str, made: Json) -> None:
        """Note the values that are told apart."""
        for breakdown, rows in self.slices(name):
            found = [row[column] for row in marked(rows, made) if row.get(column) is not None]
            total.values[code, breakdown] |= {str(each)[: made.get("prefix")] for each in found}

    def names(self, operands: Sequence[str]) -> Iterator[str]:
        """Fields and columns; a sum among them is written out."""
        for name in operands:
            if name in self.derived:
                yield from self.names(self.derived[name]["sum"])
            else:
                yield name

    def number(self, name: str) -> Decimal | None:
        """A field's value, or a column's total when no cell of it is missing."""
        if name in self.form:
            value = self.values.get(name)
            return None if value is None else Decimal(value)
        (code,) = (code for code, each in self.lists.items() if name in each["columns"])
        rows = self.rows.get(code)
        if rows is None or any(row.get(name) is None for row in rows):
            return None
        return self.column(name, self.ordered(code))

    def column(self, name: str, rows: Sequence[Json]) -> Decimal:
        """A column's total; what several rows share is added once, as their first row has it."""
        (described,) = (
            each["columns"][name] for each in self.lists.values() if name in each["columns"]
        )
        shared_by = described.get("once_per")
        if shared_by:
            first: dict[Any, Json] = {}
            for row in rows:
                first.setdefault(row.get(shared_by), row)
            rows = list(first.values())
        return sum((Decimal(row[name]) for row in rows), Decimal(0))

    def ordered(self, name: str) -> list[Json]:
        """The rows of a list in the order of their key."""
        key = self.lists[name]["key"]
        return sorted(
            self.rows.get(name) or (), key=lambda r: "|".join(str(r.get(c, "")) for c in key)
        )

    def slices(self, name: str) -> Iterator[tuple[str, list[Json]]]:
        """The rows of a list, whole and by each category that stands in it."""
        rows = self.ordered(name)
        yield "", rows
        for column in self.lists[name].get("breakdowns") or ():
            for value in dict.fromkeys(row[column] for row in rows if row.get(column) is not None):
                yield f"{column}={value}", [row for row in rows if row.get(column) == value]


def marked(rows: Sequence[Json], made: Json) -> list[Json]:
    """The rows whose flag is set, where one is asked for."""
    where = made.get("where")
    return [row for row in rows if not where or row.get(where) is True]
