"""Reports to look at: where each stands, its versions, and what the form starts from."""

from datetime import date
from typing import Annotated, Final, Literal

from fastapi import Path, Query

from chassis.http import Conditional, Router, Transact, content_etag, etag
from chassis.paging import Keyset, Page, Paging
from chassis.security import SEES_EVERY_WARD, Caller, Identity
from chassis.unit import Unit
from contracts.period import Period
from services.submission.reports import domain, reading, refusals, views
from services.submission.reports.answers import refusals_answered, tag
from services.submission.reports.api import ADDRESS, At
from services.submission.reports.desk import Desk
from services.submission.reports.domain import Address
from services.submission.reports.reading import Filter, Kept, Version, WholeVersion
from services.submission.reports.refusals import Refused
from services.submission.reports.views import Previous, ReportView, Summary

router = Router(prefix="/v1/reports", tags=["reports"])

BY_PLACE: Final = Keyset(tuple[date, str, str, str])
BY_VERSION: Final = Keyset(tuple[int])

Number = Annotated[int, Path(ge=1, le=2_147_483_647)]
Include = Literal["previous"] | None
Wanted = Annotated[str | None, Query(max_length=40)]


@router.get("")
async def list_reports(  # noqa: PLR0913 - each is a filter
    *,
    caller: Caller,
    transact: Transact,
    conditional: Conditional,
    paging: Paging,
    ward: Wanted = None,
    template: Wanted = None,
    period: Wanted = None,
    state: Wanted = None,
) -> Page[Summary]:
    """Reports within the caller's view, those of the newest periods first."""
    wanted = Filter(_scope(caller, ward), template, period, state)
    after = BY_PLACE.after(paging)
    found = await transact(
        lambda unit: reading.reports(unit.session, wanted, after=after, limit=paging.rows)
    )
    page = BY_PLACE.page(paging, found, lambda kept: kept.place, views.summary)
    conditional.offer(content_etag(page))
    return page


@router.get(ADDRESS)
async def get_report(
    at: At,
    caller: Caller,
    transact: Transact,
    conditional: Conditional,
    include: Include = None,
) -> ReportView:
    """A report with its content, both tracks, the newest decision, and what may be done.

    With `include=previous` also what counts for the period before, to fill a form in
    beforehand – then a report that was never sent is answered too, with `latest` null.
    """
    caller.require_ward(at.ward)
    with refusals_answered():
        kept, view = await transact(lambda unit: _view(unit, at, caller, include))
    if kept:
        before = [view.previous.version] if view.previous else []
        conditional.offer(tag(kept.standing, *before))
    return view


@router.get(ADDRESS + "/versions")
async def list_versions(
    at: At, caller: Caller, transact: Transact, conditional: Conditional, paging: Paging
) -> Page[Version]:
    """The versions of a report, the newest first."""
    caller.require_ward(at.ward)
    before = BY_VERSION.after(paging)
    found = await transact(
        lambda unit: reading.versions(
            unit.session, at.report_id, before=before[0] if before else None, limit=paging.rows
        )
    )
    with refusals_answered():
        if not found and before is None:
            raise refusals.unknown_report()
    page = BY_VERSION.page(paging, found, lambda row: (row.version,), lambda row: row)
    conditional.offer(content_etag(page))
    return page


@router.get(ADDRESS + "/versions/{number}")
async def get_version(
    at: At, number: Number, caller: Caller, transact: Transact, conditional: Conditional
) -> WholeVersion:
    """One version of a report with its content; it never changes."""
    caller.require_ward(at.ward)
    found = await transact(lambda unit: reading.version(unit.session, at.report_id, number))
    with refusals_answered():
        if found is None:
            raise refusals.unknown_version()
    conditional.offer(etag(found.version, found.content_digest))
    return found


def _scope(caller: Identity, ward: str | None) -> frozenset[str] | None:
    """The wards to look in: the one asked for, else all that the caller may see."""
    if ward is not None:
        caller.require_ward(ward)
        return frozenset({ward})
    return None if caller.roles & SEES_EVERY_WARD else caller.wards


async def _view(
    unit: Unit, at: Address, caller: Identity, include: Include
) -> tuple[Kept | None, ReportView]:
    kept = await reading.report(unit.session, at)
    if kept is None:
        if include is None:
            raise refusals.unknown_report()
        return None, await _unsent(unit, at, caller)
    latest = await reading.version(unit.session, at.report_id, kept.latest.version)
    before = await _before(unit, at, kept.period) if include else None
    return kept, views.report(kept, latest, caller, before)


async def _unsent(unit: Unit, at: Address, caller: Identity) -> ReportView:
    desk = await Desk.opened(unit, [at])
    period, _ = desk.form(at)
    cannot_send: Refused | None = None
    try:
        domain.require_open(period, desk.today)
    except Refused as refused:
        cannot_send = refused
    return views.unsent(at, period, cannot_send, caller, await _before(unit, at, period))


async def _before(unit: Unit, at: Address, period: Period) -> Previous:
    previous = period.previous
    counted = await reading.counted(unit.session, at._replace(period=previous.code))
    return views.previous(previous, counted)
