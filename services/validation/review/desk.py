"""Opens a docket on locked reports, and writes down and tells what became of it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from chassis import catalogue, metrics, numbering
from chassis.unit import Unit
from contracts.period import Period
from contracts.reports import ReportSubmitted, ReportWithdrawalRequested
from services.validation.review import history, repository
from services.validation.review.docket import Decided, Docket
from services.validation.review.domain import Step
from services.validation.review.report import Report, kind_of
from services.validation.rules import repository as basis
from services.validation.rules.domain import previous_id


class Form(NamedTuple):
    """What a ward fills in: a template's version for one period."""

    ward_code: str
    template_code: str
    template_version: int
    period: Period


async def for_events(
    unit: Unit, events: Sequence[ReportSubmitted | ReportWithdrawalRequested]
) -> Docket:
    """On the reports that these events are about."""
    reports = await repository.lock(unit.session, [event.report_id for event in events])
    forms = [Form(e.ward_code, e.template_code, e.template_version, e.period) for e in events]
    return await _open(unit, reports, forms)


async def for_waiting(unit: Unit, most: int) -> Docket:
    """On reports that wait for a template which is there by now."""
    return await _on(unit, await repository.lock_waiting(unit.session, most))


async def for_people(unit: Unit, report_ids: Iterable[UUID]) -> Docket:
    """On reports that a person decides on."""
    return await _on(unit, await repository.lock(unit.session, report_ids))


async def to_read(unit: Unit, report_ids: Sequence[UUID]) -> Docket:
    """On reports that are only looked at."""
    return await _on(unit, await repository.load(unit.session, report_ids))


async def close(unit: Unit, docket: Docket) -> None:
    """Write every change in one statement for each table, and tell the decisions."""
    told = [(decided.step, _tell(unit, decided)) for decided in docket.decided]
    unit.after_commit(partial(_count, [step for step, _ in told]))
    changed = [docket.reports[report] for report in sorted(docket.heard, key=attrgetter("int"))]
    new = [report for report in changed if report.report_id not in docket.known]
    known = [report for report in changed if report.report_id in docket.known]
    if docket.versions:
        await repository.save_versions(unit.session, docket.versions)
    if new:
        await repository.save_new(unit.session, new)
    if known:
        await repository.save_known(unit.session, known)
    if told:
        await history.save(unit.session, told)


async def _on(unit: Unit, reports: dict[UUID, Report]) -> Docket:
    forms = [
        Form(r.ward_code, r.template_code, r.latest.template_version, r.period)
        for r in reports.values()
    ]
    return await _open(unit, reports, forms)


async def _open(unit: Unit, reports: dict[UUID, Report], forms: Sequence[Form]) -> Docket:
    keys = {(form.template_code, form.template_version) for form in forms}
    templates = await catalogue.versions(unit.session, keys)
    previous = {
        before
        for form in forms
        if (template := templates.get((form.template_code, form.template_version)))
        and (before := previous_id(form.ward_code, template, form.period))
    }
    bases = await basis.counted(unit.session, previous) if previous else {}
    return Docket(reports, templates, bases, unit.now, await numbering.least(unit.session))


def _tell(unit: Unit, decided: Decided) -> UUID:
    event = decided.step.event
    event_id = unit.emit(event, cause=decided.cause)
    if event.decided_by is not None:
        unit.audit(
            kind_of(event.type),
            event.decided_by,
            f"report/{event.report_id}",
            version=event.version,
            decision_no=event.decision_no,
            state=event.state,
            counted_version=event.counted_version,
            code=vars(event).get("code"),
            event_id=event_id,
        )
    return event_id


def _count(steps: Sequence[Step]) -> None:
    told = Counter((type(event), event.template_code) for _, event in steps)
    for (kind, template), number in told.items():
        metrics.DECISIONS.labels(kind_of(kind.type), template).inc(number)
    for report, event in steps:
        if report.verdict.decision_no == event.decision_no:
            for rule in report.verdict.outcome.failed_rules:
                metrics.RULES_FAILED.labels(rule).inc()
