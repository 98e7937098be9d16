"""What is signalled of a change: enough to know what to read anew, and no more. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from contracts.decisions import Decision
from contracts.figures import CityFiguresChanged
from contracts.reports import ReportSubmitted, ReportWithdrawalRequested
from services.notification.waiting.domain import Queue

REPORT, QUEUE, FIGURES = "report", "queue", "figures"
"""Kinds of signals."""

KEPT: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Change:
    """One change, by its kind."""

    kind: str
    params: Mapping[str, Any]


def of_report(event: ReportSubmitted | ReportWithdrawalRequested | Decision) -> Change:
    """A report changed; ``change`` is the event's name, such as ``submitted`` or ``approved``."""
    about: dict[str, Any] = {
        "change": event.type.split(".")[2],
        "report_id": str(event.report_id),
        "ward": event.ward_code,
        "template": event.template_code,
        "period": event.period.code,
        "version": event.version,
    }
    if isinstance(event, Decision):
        about |= {"state": event.state, "counted_version": event.counted_version}
        return Change(REPORT, about | {"decision_no": event.decision_no})
    return Change(REPORT, about | {"submission_no": event.submission_no})


def of_queue(queue: Queue, params: Mapping[str, Any]) -> Change:
    """Another number of reports or requests waits for the reviewers."""
    counts = {name: params[name] for name in ("reports", "withdrawals")}
    about = {"template": queue.template_code, "period": queue.period_code}
    return Change(QUEUE, about | counts)


def of_figures(event: CityFiguresChanged) -> Change:
    """The city's figures of one template, period and basis have a new revision."""
    return Change(
        FIGURES,
        {
            "template": event.template_code,
            "period": event.period.code,
            "basis": event.basis,
            "revision": event.revision,
        },
    )
