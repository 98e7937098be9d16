"""The wards and the templates, for whoever fills a form in or looks at one."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Self

from fastapi import Query
from pydantic import BaseModel

from chassis import catalogue
from chassis.clock import local_date, now
from chassis.http import Conditional, Router, Transact, content_etag
from chassis.paging import Page
from chassis.periods import PeriodView
from chassis.problems import Problem
from contracts.catalogue import WardDefined
from contracts.template import OwedBy, Template, Text
from services.submission.catalogue import domain, search

router = Router(prefix="/v1", tags=["catalogue"])

UNKNOWN_TEMPLATE = Text(
    vi="Không có biểu mẫu hoặc phiên bản này.", en="There is no such template, or no such version."
)


class TemplateSummary(BaseModel):
    """A template in a list, with the periods that people report on now."""

    code: str
    version: int
    name: Text
    regime: str
    scheme: str
    frequencies: tuple[str, ...]
    valid_from: date
    owed_by: OwedBy
    review: str
    open_periods: Sequence[PeriodView]

    @classmethod
    def of(cls, template: Template, today: date) -> Self:
        """The template on that day."""
        facts = template.model_dump(include=set(cls.model_fields))
        return cls(**facts, open_periods=_open(template, today))


class WholeTemplate(Template):
    """A template as it was published, with the periods that people report on now."""

    open_periods: Sequence[PeriodView]

    @classmethod
    def of(cls, template: Template, today: date) -> Self:
        """The template on that day."""
        return cls(**template.model_dump(), open_periods=_open(template, today))


@router.get("/wards")
async def list_wards(
    transact: Transact,
    conditional: Conditional,
    query: Annotated[str, Query(alias="search", max_length=100)] = "",
    on: date | None = None,
) -> Page[WardDefined]:
    """All wards in Vietnamese order, or those that fit a search, the best first.

    `search` takes names with or without marks and kind (`hiep binh`, `P. Hiệp Bình`) and the
    start of a code; `on` leaves out wards that do not exist on that day.
    """
    wards = await transact(lambda unit: catalogue.wards(unit.session))
    if on is not None:
        wards = [ward for ward in wards if catalogue.is_valid(ward, on)]
    page = Page(items=search.found(wards, query))
    conditional.offer(content_etag(page))
    return page


@router.get("/templates")
async def list_templates(transact: Transact, conditional: Conditional) -> Page[TemplateSummary]:
    """The newest version of every template."""
    templates = await transact(lambda unit: catalogue.templates(unit.session))
    today = local_date(now())
    page = Page(items=[TemplateSummary.of(template, today) for template in templates])
    conditional.offer(content_etag(page))
    return page


@router.get("/templates/{code}")
async def get_template(
    code: str,
    transact: Transact,
    conditional: Conditional,
    version: Annotated[int | None, Query(ge=1, le=2_147_483_647)] = None,
) -> WholeTemplate:
    """A template with its fields, rules and figures: the newest version, or the one asked for."""
    template = await transact(lambda unit: catalogue.template(unit.session, code, version=version))
    if template is None:
        raise Problem(404, "unknown-template", UNKNOWN_TEMPLATE)
    whole = WholeTemplate.of(template, local_date(now()))
    conditional.offer(content_etag(whole))
    return whole


def _open(template: Template, today: date) -> list[PeriodView]:
    return [PeriodView.of(period) for period in domain.open_periods(template, today)]
