"""When two contents say the same, whoever wrote them: the client, a schema or an event."""

import json
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

Json = Any
Template = Mapping[str, Json]


def normal(content: Json, template: Template | None) -> str:
    """A writing that is the same for contents that say the same."""
    if not isinstance(content, Mapping):
        return json.dumps(content)
    lists = (template or {}).get("lists") or {}
    types = kinds(template)
    said = {
        "values": _scalars(content.get("values") or {}, types),
        "lists": {
            name: None if rows is None else _rows(rows, lists.get(name), types)
            for name, rows in (content.get("lists") or {}).items()
        },
        "gaps": _without_nothing(content.get("gaps") or {}),
        "explanations": content.get("explanations") or {},
        "narrative": content.get("narrative") or {},
    }
    return json.dumps(_without_nothing(_text(said)), sort_keys=True, ensure_ascii=False)


def kinds(template: Template | None) -> Mapping[str, str]:
    """The type of every field and column by its name."""
    if template is None:
        return {}
    found = {name: field["type"] for name, field in (template.get("fields") or {}).items()}
    for part in (template.get("lists") or {}).values():
        found |= {name: field["type"] for name, field in part["columns"].items()}
    return found


def _scalars(given: Mapping[str, Json], types: Mapping[str, str]) -> dict[str, Json]:
    return {name: _scalar(types.get(name), value) for name, value in given.items()}


def _scalar(kind: str | None, value: Json) -> Json:
    if kind in {"money", "percent"} and isinstance(value, str):
        return str(Decimal(value).quantize(Decimal("0.001")))
    return value


def _rows(rows: Json, form: Mapping[str, Json] | None, types: Mapping[str, str]) -> list[Json]:
    key = form["key"] if form else ()
    kept = [_scalars(row, types) for row in rows]
    return sorted(kept, key=lambda row: [str(row.get(column, "")) for column in key])


def _text(part: Json) -> Json:
    if isinstance(part, str):
        return unicodedata.normalize("NFC", part).strip()
    if isinstance(part, list):
        return [_text(item) for item in part]
    if isinstance(part, Mapping):
        return {_text(name): _text(value) for name, value in part.items()}
    return part


def _without_nothing(part: Json) -> Json:
    """Without members that say nothing; an empty list of rows says something, null values too."""
    if not isinstance(part, Mapping):
        return part
    kept = {name: _without_nothing(value) for name, value in part.items() if name != "values"}
    said = {name: value for name, value in kept.items() if value not in ({}, "", None)}
    if part.get("values"):
        said["values"] = part["values"]
    return said
