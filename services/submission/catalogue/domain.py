"""What a new catalogue changes, what it must not, and which periods are open."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID, uuid5

from contracts import period as periods
from contracts.catalogue import TemplatePublished, WardDefined
from contracts.period import Period
from contracts.template import Derived, Field, Template

EVENTS: Final = UUID("3a0f6c52-5a0b-5d8e-9d57-0b1f5a7e2168")
"""Namespace of the ids of what is told of the catalogue."""

WAYS: Final = ("ratio", "sum", "distinct", "count")

LAST_OF_YEAR: Final = {
    periods.MONTH: "-12",
    periods.QUARTER: "-Q4",
    periods.HALF: "-H2",
    periods.NINE_MONTHS: "-9M",
    periods.YEAR: "",
}


class CatalogueError(Exception):
    """The catalogue's files cannot be loaded; the message says what to mend, and where."""


def changed_wards(
    known: Mapping[str, WardDefined], filed: Sequence[WardDefined]
) -> list[WardDefined]:
    """The wards that are new or described otherwise, each with its next version.

    Raises:
        CatalogueError: a ward that is known has left the file.
    """
    if left := known.keys() - {ward.code for ward in filed}:
        codes = ", ".join(sorted(left))
        raise CatalogueError(f"wards.csv: {codes} left; end a ward with valid_to instead")
    return list(_changed(known, filed))


def _changed(
    known: Mapping[str, WardDefined], filed: Sequence[WardDefined]
) -> Iterator[WardDefined]:
    for ward in filed:
        before = known.get(ward.code)
        version = before.version if before else 0
        if before != ward.model_copy(update={"version": version}):
            yield ward.model_copy(update={"version": version + 1})


def new_templates(
    known: Mapping[str, Sequence[Template]], filed: Sequence[Template]
) -> list[Template]:
    """The template versions that are new.

    Raises:
        CatalogueError: a published version says something else now, a code changes its
            scheme or what an indicator is measured in, a version is not in force later than
            the one before, or a figure is made of what cannot be added up.
    """
    fresh: list[Template] = []
    for template in sorted(filed, key=lambda template: (template.code, template.version)):
        versions = {before.version: before for before in known.get(template.code, ())}
        published = versions.get(template.version)
        if published is None:
            _require_figures(template)
            _require_successor(template, [*versions.values(), *fresh])
            fresh.append(template)
        elif published != template:
            raise CatalogueError(
                f"{template.code} version {template.version} is published and says something "
                f"else now ({', '.join(_differences(published, template))}): "
                "give the change a new version with its own valid_from"
            )
    return fresh


def _require_successor(template: Template, others: Iterable[Template]) -> None:
    for other in others:
        if other.code != template.code:
            continue
        if other.scheme != template.scheme:
            raise CatalogueError(f"{template.code}: a code never changes its scheme")
        if other.version < template.version and other.valid_from >= template.valid_from:
            raise CatalogueError(
                f"{template.code} version {template.version} must be in force later than "
                f"version {other.version} ({other.valid_from})"
            )
        _require_same_measures(template, other)


def _require_figures(template: Template) -> None:
    """Each figure is made of numbers, or of rows that are there to be counted."""
    for code, made in template.derived.items():
        rows, _, column = (made.distinct or made.count or "").partition(".")
        if rows and (rows not in template.lists or column not in {"", *_columns(template, rows)}):
            raise CatalogueError(f"{template.code}: {code} counts what is no row: {rows} {column}")
        terms = made.sum or ((*made.ratio.num, *made.ratio.den) if made.ratio else ())
        for term in terms:
            _require_number(template, term, (code,))


def _require_number(template: Template, name: str, within: tuple[str, ...]) -> None:
    """A number that is typed, or a sum of such; ``within`` are the figures it is a part of."""
    made = template.derived.get(name)
    terms = made.sum if made and name not in within else None
    typed = None if made or name in template.lists else template.column(name)
    if not terms and not (typed and typed.numeric):
        raise CatalogueError(f"{template.code}: {name} in {within[0]} cannot be added up")
    for term in terms or ():
        _require_number(template, term, (*within, name))


def _require_same_measures(template: Template, other: Template) -> None:
    """Reports by either version may be of one period, and are added up under one code."""
    before, after = _measures(other), _measures(template)
    if changed := sorted(n for n in before.keys() & after.keys() if before[n] != after[n]):
        raise CatalogueError(
            f"{template.code} version {template.version}: {', '.join(changed)} would be measured "
            f"otherwise than in version {other.version}: give it a new code"
        )


def _measures(template: Template) -> dict[str, object]:
    parts = (template.fields, *(part.columns for part in template.lists.values()))
    typed = {name: _typed(field) for part in parts for name, field in part.items()}
    return typed | {name: _made(figure) for name, figure in template.derived.items()}


def _typed(field: Field) -> object:
    return field.unit, field.type, field.kind


def _made(figure: Derived) -> object:
    return figure.unit, next(way for way in WAYS if getattr(figure, way) is not None)


def _columns(template: Template, rows: str) -> Iterable[str]:
    return template.lists[rows].columns


def _differences(published: Template, filed: Template) -> Iterator[str]:
    for name in Template.model_fields:
        if getattr(published, name) != getattr(filed, name):
            yield name


def events(
    wards: Iterable[WardDefined], templates: Iterable[Template]
) -> list[WardDefined | TemplatePublished]:
    """What is told of a change."""
    return [*wards, *(TemplatePublished(template=template) for template in templates)]


def event_id(event: WardDefined | TemplatePublished) -> UUID:
    """The id under which a version of an entry is told, whenever that is."""
    return uuid5(EVENTS, f"{event.type}/{event.key}/{event.sequence}")


def open_periods(template: Template, today: date) -> list[Period]:
    """The periods people report on now: of each frequency the newest open one and that before."""
    found = []
    for frequency in template.frequencies:
        newest = _newest_open(template.scheme, frequency, today)
        found += [newest, newest.previous]
    return [period for period in found if period.ends_on >= template.valid_from]


def _newest_open(scheme: str, frequency: str, today: date) -> Period:
    period = Period.parse(f"{today.year + 1}{LAST_OF_YEAR[frequency]}", scheme)
    while period.opens_on > today:
        period = period.previous
    return period
