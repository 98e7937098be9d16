"""Brings together what stands behind a figure."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import catalogue
from chassis.paging import Keyset, Page, PageRequest
from chassis.periods import PeriodView
from chassis.security import SEES_EVERY_WARD, Identity
from contracts.catalogue import WardDefined
from contracts.content import pointer
from contracts.figures import REPORTS, Figure
from services.aggregation.completeness import repository as completeness
from services.aggregation.contributions.measures import Measure
from services.aggregation.figures import views as figure_views
from services.aggregation.figures.domain import UNKNOWN, place
from services.aggregation.figures.reading import FigureSheet
from services.aggregation.figures.views import WardView
from services.aggregation.passports import repository, views
from services.aggregation.passports.repository import Change, Position, Scope
from services.aggregation.passports.shares import Share, shares
from services.aggregation.passports.views import ChangeView, MissingView, PassportView

NEWEST_FIRST: Keyset[Position] = Keyset(tuple[int, UUID, str])


async def passport(
    session: AsyncSession,
    sheet: FigureSheet,
    figure: Figure,
    reader: Identity,
    paging: PageRequest,
) -> PassportView:
    """The whole passport of one figure, as far as the reader may see it."""
    everything = not reader.roles.isdisjoint(SEES_EVERY_WARD)
    key = (sheet.template.code, sheet.period.code)
    scope = Scope(key, place(figure), None if everything else reader.wards)
    measure = sheet.measure(figure.code)
    catalogued = await catalogue.wards(session)
    wards = {ward.code: figure_views.ward_view(ward, sheet.period) for ward in catalogued}
    order = {code: at for at, code in enumerate(wards)}
    counting = await repository.counting(session, scope)
    counting.sort(key=lambda change: order.get(change.ward_code, len(order)))
    counted = await shares(session, scope, counting, _pointers(measure))
    return PassportView(
        template=figure_views.template_view(sheet.template),
        period=PeriodView.of(sheet.period),
        basis=REPORTS,
        revision=sheet.revision,
        as_of=sheet.as_of,
        figure=figure_views.figure_view(sheet, figure),
        made_of=views.made_of(sheet.template, measure),
        reports=[views.share_view(measure, share, _ward(wards, share)) for share in counted],
        missing=await _missing(session, sheet, catalogued, counting, reader),
        history=await _history(session, scope, measure, wards, paging),
    )


def _pointers(measure: Measure) -> list[str]:
    """Where a gap makes the figure null."""
    if measure.rows:
        return [pointer("lists", measure.rows)]
    return [pointer("values", name) for name in measure.operands]


def _ward(wards: Mapping[str, WardView], share: Share) -> WardView:
    code = share.change.ward_code
    return wards.get(code, WardView(code=code, name=code, kind=UNKNOWN))


async def _missing(
    session: AsyncSession,
    sheet: FigureSheet,
    catalogued: Sequence[WardDefined],
    counting: Sequence[Change],
    reader: Identity,
) -> list[MissingView]:
    facts = await completeness.facts(session, sheet.template.code, sheet.period.code)
    there = {change.ward_code for change in counting}
    return [
        views.missing_view(figure_views.ward_view(ward, sheet.period), facts.get(ward.code))
        for ward in catalogue.expected(sheet.template, catalogued, sheet.period.ends_on)
        if ward.code not in there and reader.may_see_ward(ward.code)
    ]


async def _history(
    session: AsyncSession,
    scope: Scope,
    measure: Measure,
    wards: Mapping[str, WardView],
    paging: PageRequest,
) -> Page[ChangeView]:
    after = NEWEST_FIRST.after(paging)
    changes = await repository.history(session, scope, after=after, most=paging.rows)
    return NEWEST_FIRST.page(
        paging,
        await shares(session, scope, changes),
        lambda share: (share.change.revision, share.change.report_id, share.change.change),
        lambda share: views.change_view(measure, share, _ward(wards, share)),
    )
