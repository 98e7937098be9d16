"""Reads the body of a report: untrusted JSON becomes content, or a list of what is wrong."""

from collections.abc import Mapping
from typing import NamedTuple

from contracts import scalars
from contracts.content import Content, Gap, Narrative, Row, Scalar, pointer, row_key
from contracts.problems import FieldProblem, problem
from contracts.scalars import BadValue
from contracts.template import Field, List, Template

GAP_REASONS = ("no-data", "not-applicable", "not-yet")
LONGEST_NARRATIVE, LONGEST_EXPLANATION, LONGEST_NOTE, LONGEST_KEY = 4_000, 2_000, 500, 1_000
PARTS = ("values", "lists", "gaps", "explanations", "narrative")


class Structure(NamedTuple):
    """What could be read of a body, and every problem with its form."""

    content: Content
    problems: tuple[FieldProblem, ...]


def read(template: Template, body: object) -> Structure:
    """Read a parsed JSON body against its template; it is sound when no problem is left.

    The content holds whatever could be read, in canonical form, so that an unfinished
    report can be checked as well. Rows without a key are named by number: ``/lists/x/#3``.
    """
    return _Reading(template).read(body)


class _Reading:
    """One pass over a body; problems and empty places gather as it goes."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self.problems: list[FieldProblem] = []
        self.nulls: set[str] = set()

    def read(self, body: object) -> Structure:
        parts = self.mapping(body)
        for name in sorted(parts.keys() - set(PARTS)):
            self.note(pointer(name), "unknown-field")
        values = self.fields(self.template.fields, self.part(parts, "values"), "values")
        content = Content(
            values=values,
            lists=self.lists(self.part(parts, "lists")),
            gaps=self.gaps(self.part(parts, "gaps")),
            explanations=self.explanations(self.part(parts, "explanations")),
            narrative=self.narrative(self.part(parts, "narrative")),
        )
        return Structure(content, tuple(self.problems))

    def note(self, place: str, code: str, **params: object) -> None:
        self.problems.append(problem(place, code, **params))

    def mapping(self, found: object, place: str = "") -> Mapping[str, object]:
        if isinstance(found, dict):
            return found
        self.note(place, "type", expected="{…}")
        return {}

    def part(self, parts: Mapping[str, object], name: str) -> Mapping[str, object]:
        found = parts.get(name)
        return {} if found is None else self.mapping(found, pointer(name))

    def fields(self, fields: Mapping[str, Field], given: Mapping[str, object], *at: str) -> Row:
        for name in sorted(given.keys() - fields.keys()):
            known = name in self.template.derived
            self.note(pointer(*at, name), "derived" if known else "unknown-field")
        kept: Row = {}
        for name, field in fields.items():
            place = pointer(*at, name)
            if name in given and given[name] is not None:
                self.scalar(field, given[name], name, place, kept)
            elif field.optional:
                continue
            elif name not in given:
                self.note(place, "missing")
            elif not field.nullable:
                self.note(place, "null-not-allowed")
            else:
                kept[name] = None
                self.nulls.add(place)
        return kept

    def scalar(self, field: Field, given: object, name: str, place: str, kept: Row) -> None:
        try:
            kept[name] = scalars.read(field, given)
        except BadValue as bad:
            self.note(place, bad.code, **bad.params)

    def lists(self, given: Mapping[str, object]) -> dict[str, tuple[Row, ...] | None]:
        for name in sorted(given.keys() - self.template.lists.keys()):
            self.note(pointer("lists", name), "unknown-field")
        kept: dict[str, tuple[Row, ...] | None] = {}
        for name, form in self.template.lists.items():
            place = pointer("lists", name)
            if name not in given:
                self.note(place, "missing")
            elif given[name] is None:
                kept[name] = None
                self.nulls.add(place)
            else:
                kept[name] = self.rows(name, form, given[name])
        return kept

    def rows(self, name: str, form: List, given: object) -> tuple[Row, ...]:
        place = pointer("lists", name)
        if not isinstance(given, list):
            self.note(place, "type", expected="[…]")
            return ()
        if len(given) > form.max_rows:
            self.note(place, "too-many-rows", longest=form.max_rows)
            return ()
        kept: dict[str, Row] = {}
        for number, found in enumerate(given, start=1):
            self.row(name, form, self.mapping(found, f"{place}/#{number}"), number, kept)
        return tuple(kept[key] for key in sorted(kept))

    def row(
        self, name: str, form: List, given: Mapping[str, object], number: int, kept: dict[str, Row]
    ) -> None:
        key = self.key(form, given)
        if key is None:
            columns = ", ".join(form.key)
            self.note(f"{pointer('lists', name)}/#{number}", "key-missing", columns=columns)
        place = key or f"#{number}"
        row = self.fields(form.columns, given, "lists", name, place)
        if key is None:
            return
        if any("|" in str(row.get(column, "")) for column in form.key):
            self.note(pointer("lists", name, key), "key-character")
        if key in kept:
            self.note(pointer("lists", name, key), "duplicate-row-key")
        kept.setdefault(key, row)

    def key(self, form: List, given: Mapping[str, object]) -> str | None:
        """The row's key when every part of it can be read, else nothing."""
        parts: dict[str, Scalar] = {}
        for column in form.key:
            try:
                parts[column] = scalars.read(form.columns[column], given.get(column))
            except BadValue:
                return None
        return None if "" in parts.values() else row_key(form.key, parts)

    def gaps(self, given: Mapping[str, object]) -> dict[str, Gap]:
        for place in sorted(self.nulls - given.keys()):
            self.note(place, "null-without-gap")
        kept: dict[str, Gap] = {}
        for place, found in sorted(given.items()):
            gap = self.mapping(found, pointer("gaps", place))
            if place not in self.nulls:
                self.note(pointer("gaps", place), "gap-without-null")
                continue
            reason = gap.get("reason")
            if reason not in GAP_REASONS:
                values = ", ".join(GAP_REASONS)
                self.note(pointer("gaps", place), "unknown-gap-reason", values=values)
                continue
            note = self.text(gap.get("note") or "", LONGEST_NOTE, pointer("gaps", place, "note"))
            kept[place] = Gap(reason=str(reason), note=note or None)
        return kept

    def explanations(self, given: Mapping[str, object]) -> dict[str, str]:
        kept = {}
        for name, found in sorted(given.items()):
            place = pointer("explanations", name)
            rule, mark, about = name.partition("#")
            if rule not in self.template.rules:
                self.note(place, "unknown-rule")
                continue
            about = self.text(about, LONGEST_KEY, place)
            kept[rule + mark + about] = self.text(found, LONGEST_EXPLANATION, place)
        return {name: text for name, text in kept.items() if text}

    def narrative(self, given: Mapping[str, object]) -> Narrative:
        for name in sorted(given.keys() - Narrative.model_fields.keys()):
            self.note(pointer("narrative", name), "unknown-field")
        words = {
            name: self.text(given.get(name) or "", LONGEST_NARRATIVE, pointer("narrative", name))
            for name in Narrative.model_fields
        }
        return Narrative(**words)

    def text(self, found: object, longest: int, place: str) -> str:
        try:
            return scalars.text(found, longest)
        except BadValue as bad:
            self.note(place, bad.code, **bad.params)
            return ""
