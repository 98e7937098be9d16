"""Every event there is: class, type, topic, key and sequence in one list."""

from typing import Final

from contracts.catalogue import TemplatePublished, WardDefined
from contracts.decisions import DECISIONS
from contracts.event import Event
from contracts.figures import CityFiguresChanged
from contracts.reports import ReportSubmitted, ReportWithdrawalRequested

EVENTS: Final[tuple[type[Event], ...]] = (
    WardDefined,
    TemplatePublished,
    ReportSubmitted,
    ReportWithdrawalRequested,
    *DECISIONS,
    CityFiguresChanged,
)

READERS: Final[dict[str, tuple[str, ...]]] = {
    "submission.catalogue": ("validation", "aggregation", "notification"),
    "submission.reports": ("validation", "notification"),
    "validation.reports": ("submission", "aggregation", "notification"),
    "aggregation.figures": ("notification",),
}
"""The services that read each topic; every topic has one writer, its events' source."""

BY_TYPE: Final[dict[str, type[Event]]] = {event.type: event for event in EVENTS}
