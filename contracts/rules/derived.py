"""Figures nobody types, computed exactly from one report: what the ward sees on its form."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from contracts.content import Content, Row, Scalar
from contracts.template import Derived, Field, Ratio, Template

_CENT = Decimal("0.01")


def derived_values(template: Template, content: Content) -> dict[str, Decimal | int | None]:
    """Every derived figure of one report; null where an operand is missing or 0/0.

    Ratios are in percent with two places, rounded half up.
    """
    return {
        name: derived_value(template, figure, content) for name, figure in template.derived.items()
    }


def derived_value(template: Template, figure: Derived, content: Content) -> Decimal | int | None:
    """One derived figure of one report."""
    if figure.ratio:
        return _ratio(template, figure.ratio, content)
    if figure.sum:
        whole = _sum(template, figure.sum, content)
        kinds = {template.column(name).type for name in figure.sum}
        return int(whole) if whole is not None and kinds == {"int"} else whole
    name, _, column = (figure.distinct or figure.count or "").partition(".")
    rows = content.lists.get(name)
    if rows is None:
        return None
    chosen = [row for row in rows if figure.where is None or row.get(figure.where) is True]
    return len(_values(chosen, column, figure.prefix)) if figure.distinct else len(chosen)


def _values(rows: Iterable[Row], column: str, prefix: int | None) -> set[str]:
    return {str(row[column])[:prefix] for row in rows if row.get(column) is not None}


def _ratio(template: Template, ratio: Ratio, content: Content) -> Decimal | None:
    """Over rows, only those count where every operand is present."""
    names = (*ratio.num, *ratio.den)
    fields, rows = _operands(template, names, content)
    if rows is None:
        return None
    rows = [row for row in rows if all(row.get(name) is not None for name in names)]
    above, below = (
        sum((_total(fields, rows, name) for name in part), Decimal(0))
        for part in (ratio.num, ratio.den)
    )
    if not below:
        return None
    return (100 * above / below).quantize(_CENT, ROUND_HALF_UP)


def _sum(template: Template, names: tuple[str, ...], content: Content) -> Decimal | None:
    fields, rows = _operands(template, names, content)
    over_rows = not set(names) <= template.fields.keys()
    if rows is None:
        return None
    if not over_rows and any(rows[0].get(name) is None for name in names):
        return None
    return sum((_total(fields, rows, name) for name in names), Decimal(0))


def _operands(
    template: Template, names: tuple[str, ...], content: Content
) -> tuple[Mapping[str, Field], list[Row] | None]:
    """Where the operands stand: the report's own values as one row, or a list's rows."""
    for name, form in template.lists.items():
        if names[0] in form.columns:
            rows = content.lists.get(name)
            return form.columns, None if rows is None else list(rows)
    return template.fields, [content.values]


def _total(fields: Mapping[str, Field], rows: list[Row], name: str) -> Decimal:
    """What the rows add up to; an amount that rows share is added once."""
    group = fields[name].once_per
    seen: set[Scalar] = set()
    total = Decimal(0)
    for row in rows:
        if row.get(name) is None or (group and row.get(group) in seen):
            continue
        seen.add(row.get(group) if group else None)
        total += Decimal(str(row[name]))
    return total
