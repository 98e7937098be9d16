"""What the figures do when validation decides on reports."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import structlog

from chassis import catalogue
from chassis.failures import Unprocessable
from chassis.unit import Received, Unit
from contracts.decisions import Decision
from contracts.template import Template, Text
from services.aggregation.contributions import ledger, repository
from services.aggregation.contributions.ledger import Stay
from services.aggregation.contributions.measures import Misfit
from services.aggregation.contributions.plan import Plan
from services.aggregation.contributions.repository import Counted, TemplateKey

log = structlog.get_logger()

Templates = Mapping[TemplateKey, Template]

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


async def fold(events: Sequence[Received[Decision]], unit: Unit) -> None:
    """Let the figures follow these decisions, in whatever order and however often they come."""
    newest = {received.event.report_id: received for received in events}
    counted = {report: _counted(received) for report, received in newest.items()}
    templates = await catalogue.versions(unit.session, _wanted(counted.values()))
    changes = await repository.remember(
        unit.session,
        [(received.event, counted[report]) for report, received in newest.items()],
        templates.keys(),
    )
    plans = Plans(templates)
    entering: dict[UUID, Stay] = {}
    for change in changes:
        version = counted[change.report_id]
        if version and version.template in templates:
            try:
                entering[change.report_id] = plans.stay(version)
            except Misfit as error:
                raise Unprocessable(newest[change.report_id], "content-misfit") from error
    await ledger.settle(unit, changes, entering)


async def fold_pending(unit: Unit) -> None:
    """Fold in reports that came before their template, once it is there."""
    waiting = await repository.lock_pending(unit.session, MOST_PENDING)
    if not waiting:
        return
    templates = await catalogue.versions(unit.session, _wanted(c for _, c in waiting))
    plans = Plans(templates)
    entering: dict[UUID, Stay] = {}
    for change, version in waiting:
        try:
            entering[change.report_id] = plans.stay(version)
        except Misfit:
            log.exception("report_misfits", report_id=change.report_id)
    await ledger.settle(unit, [change for change, _ in waiting], entering)
    log.info("pending_reports_folded", reports=len(entering))


class Plans:
    """A template is looked through once for all of its reports in a batch."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._made: dict[TemplateKey, Plan] = {}

    def stay(self, counted: Counted) -> Stay:
        """What a version adds; raises `Misfit` when it is not what its template says."""
        key = counted.template
        if key not in self._made:
            self._made[key] = Plan(self._templates[key])
        added = self._made[key].contribution(counted.content)
        return Stay(counted.version, key[1], added)


def _wanted(counted: Iterable[Counted | None]) -> set[TemplateKey]:
    return {version.template for version in counted if version}


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
