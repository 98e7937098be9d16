"""Which figures a template gives, and from what each of them is made."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from contracts.figures import COUNT, DISTINCT, RATIO, SUM
from contracts.template import MONEY, Derived, Field, Template, Text

Place = tuple[str, str]
"""Where an amount belongs: the figure's code, and ``pip04=NSTP`` or empty for the whole."""

MILLIONS = Text(vi="triệu đồng", en="million VND")


class Misfit(ValueError):
    """The template cannot be added up, or the content is not what it says."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: ``numerators`` (over ``denominators``) added up over reports.

    Operands are fields and columns only: sums of sums are written out. ``rows`` is the
    list whose rows carry it, null when it stands on the form itself; ``breakdowns`` are
    the categories by which it is also given.
    """

    code: str
    method: str
    label: Text
    unit: Text | None
    places: int
    """Decimal places of its operands: 3 for money, else 0."""
    numerators: tuple[str, ...] = ()
    denominators: tuple[str, ...] = ()
    rows: str | None = None
    breakdowns: tuple[str, ...] = ()
    where: str | None = None
    prefix: int | None = None
    target: Decimal | None = None
    help: Text | None = None

    @property
    def operands(self) -> tuple[str, ...]:
        """Every field or column that must be present."""
        return self.numerators + self.denominators

    @property
    def places_in_set(self) -> Iterator[Place]:
        """The whole and then each category, in the template's order."""
        yield self.code, ""
        for breakdown in self.breakdowns:
            yield self.code, breakdown


def of(template: Template) -> tuple[Measure, ...]:
    """All figures of a template, in the order of its form.

    Raises:
        Misfit: when a derived figure is made of something that cannot be added up.
    """
    named = (name for group in template.groups for name in group.fields)
    every = (*named, *template.fields, *template.lists, *template.derived)
    return tuple(measure for name in dict.fromkeys(every) for measure in _made_of(template, name))


def _made_of(template: Template, name: str) -> Iterator[Measure]:
    """The figures of one line of the form: a field, the columns of a list, a derived one."""
    if name in template.derived:
        yield _derived(template, name)
        return
    columns = template.lists[name].columns if name in template.lists else {}
    for code, field in columns.items() or ((name, template.fields[name]),):
        if field.numeric:
            yield _sum(template, code, field)


def _sum(template: Template, code: str, field: Field) -> Measure:
    rows = _list_of(template, (code,))
    return Measure(
        code=code,
        method=SUM,
        label=field,
        unit=field.unit or (MILLIONS if field.type == MONEY else None),
        places=_places(template, (code,)),
        numerators=(code,),
        rows=rows,
        breakdowns=_breakdowns(template, rows),
        help=field.help,
    )


def _derived(template: Template, code: str) -> Measure:
    made = template.derived[code]
    if made.distinct or made.count:
        return _counted(template, code, made)
    numerators = _written_out(template, made.ratio.num if made.ratio else made.sum or ())
    denominators = _written_out(template, made.ratio.den if made.ratio else ())
    rows = _list_of(template, numerators + denominators)
    places = _places(template, numerators + denominators)
    return Measure(
        code=code,
        method=RATIO if made.ratio else SUM,
        label=made,
        unit=made.unit or (MILLIONS if places and not made.ratio else None),
        places=places,
        numerators=numerators,
        denominators=denominators,
        rows=rows,
        breakdowns=_breakdowns(template, rows),
        target=made.target,
        help=made.help,
    )


def _counted(template: Template, code: str, made: Derived) -> Measure:
    rows, _, column = (made.distinct or made.count or "").partition(".")
    return Measure(
        code=code,
        method=DISTINCT if made.distinct else COUNT,
        label=made,
        unit=made.unit,
        places=0,
        numerators=(column,) if column else (),
        rows=rows,
        breakdowns=_breakdowns(template, rows),
        where=made.where,
        prefix=made.prefix,
        target=made.target,
        help=made.help,
    )


def _written_out(template: Template, names: tuple[str, ...]) -> tuple[str, ...]:
    """The fields and columns behind names that may be sums themselves."""
    found: list[str] = []
    for name in names:
        made = template.derived.get(name)
        if made is None and template.column(name).numeric:
            found.append(name)
        elif made and made.sum:
            found += _written_out(template, made.sum)
        else:
            raise Misfit(f"{name}: only numbers and sums of them can be added up")
    return tuple(found)


def _list_of(template: Template, names: tuple[str, ...]) -> str | None:
    """The one list that holds all the names; null when they stand in several places."""
    for code, part in template.lists.items():
        if all(name in part.columns for name in names):
            return code
    return None


def _breakdowns(template: Template, rows: str | None) -> tuple[str, ...]:
    if rows is None:
        return ()
    part = template.lists[rows]
    return tuple(
        f"{column}={value}"
        for column in part.breakdowns
        for value in part.columns[column].values or ()
    )


def _places(template: Template, names: tuple[str, ...]) -> int:
    return 3 if any(template.column(name).type == MONEY for name in names) else 0
