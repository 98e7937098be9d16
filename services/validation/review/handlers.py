"""What the judge does when submission speaks, and when a template arrives."""

from collections.abc import Sequence

import structlog

from chassis import catalogue
from chassis.failures import Unprocessable
from chassis.unit import Received, Unit
from contracts.catalogue import TemplatePublished, WardDefined
from contracts.reports import ReportSubmitted, ReportWithdrawalRequested
from contracts.template import Text
from services.validation.review import desk
from services.validation.review.docket import OutOfPlace

log = structlog.get_logger()

Said = Received[ReportSubmitted] | Received[ReportWithdrawalRequested]

REASONS = {
    "version-repeated": Text(
        vi="Sự kiện mới hơn nhưng mang phiên bản đã nhận từ trước.",
        en="A newer event brings a version that is known already.",
    ),
    "submission-unknown": Text(
        vi="Đơn vị xin rút một phiên bản mà ở đây chưa nhận được.",
        en="It asks to take back a version that has not arrived here.",
    ),
}
"""Why what submission says cannot be taken."""
MOST_WAITING = 500
"""Reports that one transaction lets go on; the next sweep takes the others."""


async def judge(events: Sequence[Said], unit: Unit) -> None:
    """Take what submission says, and let the rules decide on what is new."""
    docket = await desk.for_events(unit, [received.event for received in events])
    for received in events:
        try:
            docket.hear(received.event, received)
        except OutOfPlace as reason:
            raise Unprocessable(received, str(reason)) from reason
    await desk.close(unit, docket)


async def learn(
    events: Sequence[Received[WardDefined] | Received[TemplatePublished]], unit: Unit
) -> None:
    """Keep what the catalogue says; reports that waited for a template go on."""
    await catalogue.learn(events, unit)
    if any(isinstance(received.event, TemplatePublished) for received in events):
        await judge_waiting(unit)


async def judge_waiting(unit: Unit) -> None:
    """Let reports go on whose template is there by now.

    A job as well: of two transactions, one that brings a report and one that brings its
    template, neither may see the other.
    """
    docket = await desk.for_waiting(unit, MOST_WAITING)
    docket.judge_waiting()
    await desk.close(unit, docket)
    if docket.decided:
        log.info("waiting_reports_judged", reports=len(docket.decided))
