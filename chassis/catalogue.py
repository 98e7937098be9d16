"""What every service knows of wards and templates, learned from ``submission.catalogue``."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

from pydantic_core import to_json
from sqlalchemy import Column, Date, Integer, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.unit import Received, Unit
from contracts.catalogue import TemplatePublished, WardDefined, WardName
from contracts.template import Template


def declare(metadata: MetaData, schema: str) -> None:
    """Name the two tables for the comparison of models with migrations."""
    Table(
        "ward",
        metadata,
        Column("code", Text, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("sort_key", Text(collation="C"), nullable=False),
        Column("entry", JSONB, nullable=False),
        schema=schema,
    )
    Table(
        "template",
        metadata,
        Column("code", Text, primary_key=True),
        Column("version", Integer, primary_key=True),
        Column("valid_from", Date, nullable=False),
        Column("entry", JSONB, nullable=False),
        schema=schema,
    )


async def learn(
    events: Sequence[Received[WardDefined] | Received[TemplatePublished]], unit: Unit
) -> None:
    """Keep what the catalogue says; an old version of a ward never replaces a newer one."""
    told = [received.event for received in events]
    await keep_wards(unit.session, [e for e in told if isinstance(e, WardDefined)])
    published = [e.template for e in told if isinstance(e, TemplatePublished)]
    await keep_templates(unit.session, published)


async def keep_wards(session: AsyncSession, wards: Iterable[WardDefined]) -> None:
    """Store the newest version of each ward, in the order of codes."""
    newest = {ward.code: ward for ward in sorted(wards, key=lambda ward: ward.version)}
    known = [newest[code] for code in sorted(newest)]
    await session.execute(
        text("""
            INSERT INTO ward (code, version, sort_key, entry)
            SELECT * FROM unnest(CAST(:codes AS text[]), CAST(:versions AS integer[]),
                                 CAST(:keys AS text[]), CAST(:entries AS jsonb[]))
            ON CONFLICT (code) DO UPDATE
            SET version = excluded.version, sort_key = excluded.sort_key, entry = excluded.entry
            WHERE excluded.version > ward.version
        """),
        {
            "codes": [ward.code for ward in known],
            "versions": [ward.version for ward in known],
            "keys": [ward.sort_key for ward in known],
            "entries": [ward.model_dump_json() for ward in known],
        },
    )


async def keep_templates(session: AsyncSession, templates: Iterable[Template]) -> None:
    """Store template versions that are not known yet."""
    known = sorted(templates, key=lambda template: (template.code, template.version))
    await session.execute(
        text("""
            INSERT INTO template (code, version, valid_from, entry)
            SELECT * FROM unnest(CAST(:codes AS text[]), CAST(:versions AS integer[]),
                                 CAST(:days AS date[]), CAST(:entries AS jsonb[]))
            ON CONFLICT (code, version) DO NOTHING
        """),
        {
            "codes": [template.code for template in known],
            "versions": [template.version for template in known],
            "days": [template.valid_from for template in known],
            "entries": [to_json(template).decode() for template in known],
        },
    )


async def template(
    session: AsyncSession, code: str, *, version: int | None = None, on: date | None = None
) -> Template | None:
    """A template: that version, or the newest one that is valid on a day (or at all)."""
    entry = await session.scalar(
        text("""
            SELECT CAST(entry AS text) FROM template
            WHERE code = :code
              AND (CAST(:version AS integer) IS NULL OR version = :version)
              AND (CAST(:on AS date) IS NULL OR valid_from <= :on)
            ORDER BY version DESC LIMIT 1
        """),
        {"code": code, "version": version, "on": on},
    )
    return None if entry is None else _parsed(entry)


async def templates(session: AsyncSession) -> list[Template]:
    """The newest version of every template, by code."""
    entries = await session.scalars(
        text("""
            SELECT DISTINCT ON (code) CAST(entry AS text) FROM template
            ORDER BY code, version DESC
        """)
    )
    return [_parsed(entry) for entry in entries]


async def versions(
    session: AsyncSession, wanted: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], Template]:
    """Those template versions that are known, for a whole batch at once."""
    pairs = sorted(set(wanted))
    entries = await session.scalars(
        text("""
            SELECT CAST(entry AS text) FROM template
            JOIN unnest(CAST(:codes AS text[]), CAST(:versions AS integer[]))
                 AS wanted (code, version) USING (code, version)
        """),
        {"codes": [code for code, _ in pairs], "versions": [version for _, version in pairs]},
    )
    found = [_parsed(entry) for entry in entries]
    return {(template.code, template.version): template for template in found}


async def ward(session: AsyncSession, code: str) -> WardDefined | None:
    """The ward of that code."""
    entry = await session.scalar(
        text("SELECT CAST(entry AS text) FROM ward WHERE code = :code"), {"code": code}
    )
    return None if entry is None else WardDefined.model_validate_json(entry)


async def wards(session: AsyncSession) -> list[WardDefined]:
    """Every ward, in Vietnamese order."""
    entries = await session.scalars(
        text("SELECT CAST(entry AS text) FROM ward ORDER BY sort_key, code")
    )
    return [WardDefined.model_validate_json(entry) for entry in entries]


async def some_wards(session: AsyncSession, codes: Iterable[str]) -> dict[str, WardDefined]:
    """Those of these wards that are known, by code."""
    entries = await session.scalars(
        text("SELECT CAST(entry AS text) FROM ward WHERE code = ANY(CAST(:codes AS text[]))"),
        {"codes": sorted(set(codes))},
    )
    return {ward.code: ward for ward in map(WardDefined.model_validate_json, entries)}


async def every_version(session: AsyncSession, codes: Iterable[str]) -> dict[str, list[Template]]:
    """All versions of those of these templates that are known, by code, the newest first."""
    entries = await session.scalars(
        text("""
            SELECT CAST(entry AS text) FROM template
            WHERE code = ANY(CAST(:codes AS text[])) ORDER BY code, version DESC
        """),
        {"codes": sorted(set(codes))},
    )
    found: dict[str, list[Template]] = {}
    for template in map(_parsed, entries):
        found.setdefault(template.code, []).append(template)
    return found


def expected(template: Template, wards: Iterable[WardDefined], day: date) -> list[WardDefined]:
    """The wards that owe the report on a day: the one place that says who is expected."""
    owed = template.owed_by
    return [
        ward
        for ward in wards
        if is_valid(ward, day) and (owed.all or kind_on(ward, day) in owed.kinds)
    ]


def kind_on(ward: WardDefined, day: date) -> str:
    """Of which kind the ward is on a day: a commune may have become a phường since."""
    return next((past.kind for past in ward.history if is_valid(past, day)), ward.kind)


def is_valid(ward: WardDefined | WardName, day: date) -> bool:
    """Whether the ward exists, or is called so, on that day."""
    return ward.valid_from <= day and (ward.valid_to is None or day <= ward.valid_to)


@lru_cache(maxsize=256)
def _parsed(entry: str) -> Template:
    """A version never changes, so its text stands for it."""
    return Template.model_validate_json(entry)
