"""What the figures do when validation decides on reports."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import catalogue
from chassis.failures import Unprocessable
from chassis.unit import Received, Unit
from contracts.decisions import Decision
from contracts.template import Text
from services.aggregation.contributions import facts, ledger, repository
from services.aggregation.contributions.domain import Contribution, Counted
from services.aggregation.contributions.ledger import Change
from services.aggregation.contributions.measures import Misfit
from services.aggregation.contributions.plans import Templates, added
from services.aggregation.contributions.repository import NOTHING, Known, Standing

log = structlog.get_logger()

REASONS = {
    "content-misfit": Text(
        vi="Nội dung báo cáo không khớp với biểu mẫu của nó nên không cộng được.",
        en="The report's content does not fit its template, so it cannot be added up.",
    ),
    "counted-content-missing": Text(
        vi="Quyết định nói có một phiên bản được tính nhưng không kèm nội dung của phiên bản đó.",
        en="The decision says that another version counts and does not bring its content.",
    ),
}
"""Why a decision cannot be followed."""
MOST_PENDING = 500
"""Pending reports that one transaction folds in; the next sweep goes on with the others."""


class Step(NamedTuple):
    """A decision on a report, and what it changes."""

    decision: Decision
    known: Known | None
    out: Standing
    """What stands from now on, but for what enters the totals by the change."""
    change: Change | None


async def fold(events: Sequence[Received[Decision]], unit: Unit) -> None:
    """Let the figures follow these decisions, in whatever order and however often they come."""
    newest = [*{received.event.report_id: received for received in events}.values()]
    counted = [_counted(received) for received in newest]
    await facts.about_to_write(unit.session)
    known = await repository.by_ids(unit.session, [each.event.report_id for each in newest])
    templates = await templates_of(unit.session, counted, known.values())
    steps = [
        _step(received, before, version, templates)
        for received, version in zip(newest, counted, strict=True)
        if is_newer(received.event, before := known.get(received.event.report_id))
    ]
    revisions = await ledger.settle(unit, [step.change for step in steps if step.change])
    await facts.keep(
        unit.session,
        [
            (decision, before, ledger.standing(out, change, revisions, unit.now))
            for decision, before, out, change in steps
        ],
    )


def is_newer(decision: Decision, known: Known | None) -> bool:
    """Whether a decision says more than is known."""
    return known is None or decision.decision_no > known.decision_no


async def fold_pending(unit: Unit) -> None:
    """Fold in reports that came before their template, once it is there."""
    waiting = await repository.waiting(unit.session, MOST_PENDING)
    if not waiting:
        return
    await facts.about_to_write(unit.session)
    templates = await templates_of(unit.session, (known.counted for known in waiting), ())
    await ledger.correct(unit, [(known, fitting(known, templates)) for known in waiting], templates)
    log.info("pending_reports_folded", reports=len(waiting))


async def templates_of(
    session: AsyncSession, counted: Iterable[Counted | None], known: Iterable[Known]
) -> Templates:
    """The templates, as far as they are known, of what is to count and of what is in the totals."""
    wanted = {version.template for version in counted if version}
    in_totals = ((each.set_key[0], each.standing.template_version) for each in known if each.is_in)
    wanted |= {(code, version) for code, version in in_totals if version is not None}
    return await catalogue.versions(session, wanted)


def fitting(known: Known, templates: Templates) -> Contribution | None:
    """What a known report should add; null when nothing of it counts, or it cannot be added up."""
    counted = known.counted
    if counted is None or counted.template not in templates:
        return None
    try:
        return added(counted, templates)
    except Misfit:
        log.exception("report_misfits", report_id=known.report_id)
        return None


def _step(
    received: Received[Decision], known: Known | None, counted: Counted | None, templates: Templates
) -> Step:
    """A version that counts already stays as it is: its content never changes."""
    decision = received.event
    before = known.standing if known else NOTHING
    ready = counted is not None and counted.template in templates
    version = counted.version if counted else None
    if version == before.version and not (before.pending and ready):
        return Step(decision, known, before, None)
    leaving = ledger.leaving(known, templates)
    if counted is None:
        out, entering = NOTHING, None
    else:
        body = facts.body(counted.content)
        out = Standing(not ready, version, counted.template[1], body)
        entering = _entering(received, counted, templates) if ready else None
    if leaving is None and entering is None:
        return Step(decision, known, out, None)
    key = known.set_key if known else (decision.template_code, decision.period.code)
    return Step(decision, known, out, Change(key, decision.decision_no, leaving, entering))


def _entering(received: Received[Decision], counted: Counted, templates: Templates) -> Contribution:
    try:
        return added(counted, templates)
    except Misfit as error:
        raise Unprocessable(received, "content-misfit") from error


def _counted(received: Received[Decision]) -> Counted | None:
    """What counts after a decision: the latest version, another one, or nothing."""
    decision = received.event
    if decision.counted_version is None:
        return None
    if decision.counted_version == decision.version:
        template = (decision.template_code, decision.template_version)
        return Counted(decision.version, template, decision.content)
    if decision.counted is None:
        raise Unprocessable(received, "counted-content-missing")
    template = (decision.template_code, decision.counted.template_version)
    return Counted(decision.counted.version, template, decision.counted.content)
