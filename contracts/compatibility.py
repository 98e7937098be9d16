"""What a change of a released schema or template would break for those who read it."""

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.template import Template

Schema = Mapping[str, Any]
_LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


def schema_breaks(old: Schema, new: Schema) -> list[str]:
    """Every break between two versions of one event's schema, each as one sentence.

    A field that is removed, renamed, retyped or newly required, or an enum or a range
    that became narrower, needs a new type (``….v2``).
    """
    return list(_Comparison(old, new).node(old, new, "", frozenset()))


def template_breaks(old: Template, new: Template) -> list[str]:
    """What changed in a released template version that only a new version may change."""
    if old.version != new.version:
        return []
    was, now = dict(_fields(old)), dict(_fields(new))
    removed = [f"{old.code} {name}: removed" for name in was.keys() - now.keys()]
    changed = [
        f"{old.code} {name}: {was[name]} became {now[name]}"
        for name in was.keys() & now.keys()
        if was[name] != now[name]
    ]
    return sorted(removed + changed)


def _fields(template: Template) -> Iterator[tuple[str, tuple[str, str | None, str | None]]]:
    columns = [pair for part in template.lists.values() for pair in part.columns.items()]
    for name, field in [*template.fields.items(), *columns]:
        yield name, (field.type, field.kind, field.unit.vi if field.unit else None)
    for name, derived in template.derived.items():
        yield name, ("derived", None, derived.unit.vi if derived.unit else None)


class _Comparison:
    """A walk over two schemas side by side; references are followed once on each path."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self.old, self.new = old, new

    def node(self, old: Schema, new: Schema, at: str, seen: frozenset[str]) -> Iterator[str]:
        reference = old.get("$ref", "")
        if reference in seen:
            return
        seen |= {reference} if reference else frozenset()
        old, new = _resolved(old, self.old), _resolved(new, self.new)
        yield from self.kind(old, new, at, seen)
        yield from self.bounds(old, new, at)
        yield from self.members(old, new, at, seen)
        for part in ("items", "additionalProperties"):
            if isinstance(old.get(part), dict) and isinstance(new.get(part), dict):
                yield from self.node(old[part], new[part], f"{at}/*", seen)

    def kind(self, old: Schema, new: Schema, at: str, seen: frozenset[str]) -> Iterator[str]:
        was, now = _options(old, self.old), _options(new, self.new)
        for name in was.keys() - now.keys():
            yield f"{at or '/'}: no longer {name}"
        for name in was.keys() & now.keys() if "anyOf" in old else ():
            yield from self.node(was[name], now[name], at, seen)

    def bounds(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        for bound in _LOWER_BOUNDS:
            if new.get(bound, float("-inf")) > old.get(bound, float("-inf")):
                yield f"{at}: {bound} rose"
        for bound in _UPPER_BOUNDS:
            if new.get(bound, float("inf")) < old.get(bound, float("inf")):
                yield f"{at}: {bound} fell"
        if new.get("pattern") not in (None, old.get("pattern")):
            yield f"{at}: the pattern changed"
        was, now = _values(old), _values(new)
        if now is not None and (was is None or not was <= now):
            yield f"{at}: fewer values are allowed"

    def members(self, old: Schema, new: Schema, at: str, seen: frozenset[str]) -> Iterator[str]:
        was, now = old.get("properties", {}), new.get("properties", {})
        for name in was:
            if name in now:
                yield from self.node(was[name], now[name], f"{at}/{name}", seen)
            else:
                yield f"{at}/{name}: removed"
        for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
            yield f"{at}/{name}: newly required"


def _resolved(node: Schema, root: Schema) -> Schema:
    while "$ref" in node:
        node = root["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    return node


def _options(node: Schema, root: Schema) -> dict[str, Schema]:
    """The alternatives of a node by what tells them apart: their type and format."""
    options = [_resolved(option, root) for option in node.get("anyOf", [node])]
    return {_name(option): option for option in options}


def _name(option: Schema) -> str:
    kind = option.get("type", "any value")
    return f"{kind} {option['format']}" if "format" in option else str(kind)


def _values(node: Schema) -> set[str] | None:
    values = [node["const"]] if "const" in node else node.get("enum")
    return None if values is None else {str(value) for value in values}
