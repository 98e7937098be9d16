"""Wards and templates, to be told again under the ids that follow from what they say."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.operations.retelling import TEMPLATE, WARD, Page, Part, Scope
from contracts.catalogue import TemplatePublished, WardDefined
from contracts.template import Template
from services.submission.catalogue import domain


async def count_wards(session: AsyncSession, scope: Scope) -> Mapping[str, int]:
    """How many wards there are."""
    found = await session.scalar(
        text("SELECT count(*) FROM ward WHERE code = coalesce(:ward, code)"), {"ward": scope.ward}
    )
    return {WardDefined.type: found or 0}


async def wards(session: AsyncSession, scope: Scope, place: str, most: int) -> Page:
    """Wards by their code, each as its newest version has it."""
    rows = await session.scalars(
        text("""
            SELECT CAST(entry AS text) FROM ward
            WHERE code > :place AND code = coalesce(:ward, code) ORDER BY code LIMIT :most
        """),
        {"place": place, "ward": scope.ward, "most": most},
    )
    told = [WardDefined.model_validate_json(entry) for entry in rows]
    last = told[-1].code if told else None
    return Page([(event, domain.event_id(event)) for event in told], last)


async def count_templates(session: AsyncSession, scope: Scope) -> Mapping[str, int]:
    """How many versions of templates there are."""
    found = await session.scalar(
        text("SELECT count(*) FROM template WHERE code = coalesce(:template, code)"),
        {"template": scope.template},
    )
    return {TemplatePublished.type: found or 0}


async def templates(session: AsyncSession, scope: Scope, place: str, most: int) -> Page:
    """Every version of every template, by code and version."""
    code, _, version = place.partition("/")
    rows = await session.scalars(
        text("""
            SELECT CAST(entry AS text) FROM template
            WHERE (code, version) > (:code, :version) AND code = coalesce(:template, code)
            ORDER BY code, version LIMIT :most
        """),
        {"code": code, "version": int(version or 0), "template": scope.template, "most": most},
    )
    told = [TemplatePublished(template=Template.model_validate_json(entry)) for entry in rows]
    last = f"{told[-1].key}/{told[-1].sequence}" if told else None
    return Page([(event, domain.event_id(event)) for event in told], last)


WARDS: Final = Part("wards", frozenset({WARD}), count_wards, wards)
TEMPLATES: Final = Part("templates", frozenset({TEMPLATE}), count_templates, templates)
