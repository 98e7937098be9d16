"""Which figures a template gives, read from the JSON of ``GET /v1/templates/{code}``."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: ``over`` added up, and divided by ``under`` where there is any.

    ``table`` is the list whose rows carry it, null when it stands on the form;
    ``categories`` are the breakdowns by which it is also given, the whole (empty) first.
    """

    code: str
    label: str
    method: str
    over: tuple[str, ...]
    under: tuple[str, ...] = ()
    table: str | None = None
    categories: tuple[str, ...] = ("",)
    where: str | None = None
    prefix: int | None = None
    once_per: Mapping[str, str | None] | None = None


def lines(template: Json) -> Iterator[Line]:
    """Every figure of a template."""
    for code, field in template["fields"].items():
        if _adds_up(field):
            yield Line(code, field["en"], "sum", (code,))
    for name, part in template["lists"].items():
        for code, column in part["columns"].items():
            if _adds_up(column):
                yield _on_rows(template, name, Line(code, column["en"], "sum", (code,)))
    for code, made in template["derived"].items():
        yield _derived(template, code, made)


def _adds_up(field: Json) -> bool:
    return field["type"] in {"int", "money"}


def _derived(template: Json, code: str, made: Json) -> Line:
    if listed := made.get("distinct") or made.get("count"):
        name, _, column = listed.partition(".")
        method = "distinct" if made.get("distinct") else "count"
        over: tuple[str, ...] = (column,) if column else ()
        where, prefix = made.get("where"), made.get("prefix")
        line = Line(code, made["en"], method, over, where=where, prefix=prefix)
        return _on_rows(template, name, line)
    if ratio := made.get("ratio"):
        over, under = (_plain(template, ratio[side]) for side in ("num", "den"))
        line = Line(code, made["en"], "ratio", over, under)
    else:
        line = Line(code, made["en"], "sum", _plain(template, made["sum"]))
    for name, part in template["lists"].items():
        if line.over[0] in part["columns"]:
            return _on_rows(template, name, line)
    return line


def _plain(template: Json, codes: Sequence[str]) -> tuple[str, ...]:
    """Fields and columns behind codes, some of which are sums themselves."""
    derived = template["derived"]
    return tuple(
        plain
        for code in codes
        for plain in (_plain(template, derived[code]["sum"]) if code in derived else (code,))
    )


def _on_rows(template: Json, name: str, line: Line) -> Line:
    part = template["lists"][name]
    columns = part["columns"]
    by = [f"{one}={value}" for one in part["breakdowns"] for value in columns[one]["values"]]
    once_per = {code: columns[code].get("once_per") for code in (*line.over, *line.under)}
    return replace(line, table=name, categories=("", *by), once_per=once_per)
