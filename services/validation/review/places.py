"""Places in a report: whether a pointer leads to one, and which differ between versions. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from contracts.content import Content, Narrative, Row, pointer, row_key
from contracts.template import Template


class Change(BaseModel):
    """One place where two versions differ; null where one of them has nothing."""

    pointer: str
    before: Any
    after: Any


def exists(template: Template | None, content: Content, place: str) -> bool:
    """Whether a pointer leads to a field of the form, or to a row that was sent."""
    kind, name, *inside = [*_parts(place), "", ""]
    if kind in {"values", "derived"}:
        known = template and (template.fields if kind == "values" else template.derived)
        return not any(inside) and name in (known or content.values)
    if kind == "narrative":
        return not any(inside) and name in Narrative.model_fields
    if kind == "explanations":
        return not any(inside) and name in content.explanations
    return kind == "lists" and name in content.lists and _in_list(template, content, name, inside)


def _in_list(template: Template | None, content: Content, name: str, inside: list[str]) -> bool:
    key, column, *deeper = [*inside, "", ""][: max(len(inside), 2)]
    if not key:
        return not any([column, *deeper])
    rows = _by_key(template, name, content.lists[name] or ())
    columns = template.lists[name].columns if template else rows.get(key, {})
    return key in rows and (not column or column in columns) and not any(deeper)


def _parts(place: str) -> list[str]:
    """The parts of a pointer; the first is empty in a text that is none."""
    head, *parts = place.split("/")
    unescaped = [part.replace("~1", "/").replace("~0", "~") for part in parts]
    return unescaped if head == "" and unescaped else [""]


def changes(template: Template | None, before: Content, after: Content) -> list[Change]:
    """Where two versions differ: values, rows by their key, reasons, explanations, words."""
    found = _differing(("values",), before.values, after.values)
    kept = [*found, *_lists(template, before, after)]
    reasons = ({place: gap.model_dump() for place, gap in c.gaps.items()} for c in (before, after))
    kept += _differing(("gaps",), *reasons)
    kept += _differing(("explanations",), before.explanations, after.explanations)
    words = (dict(content.narrative) for content in (before, after))
    return kept + list(_differing(("narrative",), *words))


def _lists(template: Template | None, before: Content, after: Content) -> Iterator[Change]:
    for name in dict.fromkeys([*before.lists, *after.lists]):
        old, new = before.lists.get(name), after.lists.get(name)
        if template is None or name not in template.lists or old is None or new is None:
            yield from _differing(("lists",), {name: old}, {name: new})
            continue
        rows, others = _by_key(template, name, old), _by_key(template, name, new)
        for key in dict.fromkeys([*rows, *others]):
            if key in rows and key in others:
                yield from _differing(("lists", name, key), rows[key], others[key])
            else:
                yield from _differing(("lists", name), _only(rows, key), _only(others, key))


def _only(rows: Mapping[str, Row], key: str) -> dict[str, Any]:
    return {key: rows.get(key)}


def _by_key(template: Template | None, name: str, rows: tuple[Row, ...]) -> dict[str, Row]:
    if template is None or name not in template.lists:
        return {}
    return {row_key(template.lists[name].key, row): row for row in rows}


def _differing(
    at: tuple[str, ...], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Change]:
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            place = pointer(*at, name)
            yield Change(pointer=place, before=before.get(name), after=after.get(name))
