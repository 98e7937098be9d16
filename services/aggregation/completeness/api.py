"""Which wards have reported for a period, in one answer."""

from collections import Counter
from datetime import date, datetime
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import catalogue, clock
from chassis.http import Conditional, Router, Transact, etag
from chassis.periods import PeriodView
from chassis.security import Identity
from chassis.unit import Unit
from contracts.catalogue import WardDefined
from contracts.period import Period
from contracts.template import Template
from services.aggregation.completeness import repository
from services.aggregation.completeness.domain import MISSING
from services.aggregation.contributions.models import Fact
from services.aggregation.figures import asking, views
from services.aggregation.figures.asking import Reader
from services.aggregation.figures.views import TemplateView, WardView
from services.aggregation.instant import at_one_instant

router = Router(prefix="/v1/completeness", tags=["completeness"])


class UnitState(BaseModel):
    """How far one ward's report has come; the last fields say how late it was."""

    ward: WardView
    expected: bool
    """False where a ward reported that does not owe this report."""
    state: str
    report_id: UUID | None = None
    version: int | None = None
    counted_version: int | None = None
    decided_at: datetime | None = None
    submitted_at: datetime | None = None
    first_submitted_at: datetime | None = None
    first_passed_submitted_at: datetime | None = None
    days_after_period: int | None = None
    """From the period's last day to the first sending; negative when it was sent before."""


class CompletenessView(BaseModel):
    """Every ward with its state, in Vietnamese order; a ward's own people see theirs alone."""

    template: TemplateView
    period: PeriodView
    expected: int
    counted: int
    states: dict[str, int]
    """How many of the expected wards are in which state, of the whole city."""
    items: list[UnitState]
    next: str | None = None


@router.get("", responses={404: {"description": "There is no such template."}})
async def read_completeness(
    template: Annotated[str, Query()],
    period: Annotated[str, Query()],
    transact: Transact,
    conditional: Conditional,
    reader: Reader,
) -> CompletenessView:
    """Which wards have reported, and the state of each report that was decided on."""

    async def read(unit: Unit) -> CompletenessView:
        await at_one_instant(unit.session)
        form, when = await asking.set_named(unit.session, template, period, "/query/period")
        return await _view(unit.session, form, when, reader)

    view = await transact(read)
    conditional.offer(etag(sha256(view.model_dump_json().encode()).hexdigest()[:32]))
    return view


async def _view(
    session: AsyncSession, form: Template, period: Period, reader: Identity
) -> CompletenessView:
    facts = await repository.facts(session, form.code, period.code)
    wards = await catalogue.wards(session)
    owing = {ward.code for ward in catalogue.expected(form, wards, period.ends_on)}
    units = [
        _unit(ward, facts.get(ward.code), period, expected=ward.code in owing)
        for ward in wards
        if ward.code in owing or ward.code in facts
    ]
    return CompletenessView(
        template=views.template_view(form),
        period=PeriodView.of(period),
        expected=len(owing),
        counted=sum(unit.counted_version is not None for unit in units),
        states=dict(Counter(unit.state for unit in units if unit.expected)),
        items=[unit for unit in units if reader.may_see_ward(unit.ward.code)],
    )


def _unit(ward: WardDefined, fact: Fact | None, period: Period, *, expected: bool) -> UnitState:
    about = views.ward_view(ward, period)
    if fact is None:
        return UnitState(ward=about, expected=expected, state=MISSING)
    return UnitState(
        ward=about,
        expected=expected,
        **fact.model_dump(include=set(UnitState.model_fields)),
        days_after_period=_days_after(period.ends_on, fact.first_submitted_at),
    )


def _days_after(last_day: date, instant: datetime) -> int:
    return (clock.local_date(instant) - last_day).days
