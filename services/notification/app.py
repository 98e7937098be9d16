"""Puts the notification service together; the only module that knows all of it."""

from collections.abc import Sequence
from pathlib import Path

from fastapi import FastAPI

from chassis import catalogue
from chassis.consumer import Listener
from chassis.pulse import Pulse
from chassis.runtime import Runtime
from chassis.service import Job, Service, create_app
from chassis.unit import Received, Unit
from contracts.catalogue import TemplatePublished, WardDefined
from contracts.decisions import DECISIONS
from contracts.figures import CityFiguresChanged
from contracts.reports import ReportSubmitted, ReportWithdrawalRequested
from services.notification.contacts import api as contacts_api
from services.notification.contacts import models as contacts_models
from services.notification.email import api as email_api
from services.notification.email import handlers as email_handlers
from services.notification.email import models as email_models
from services.notification.email import worker
from services.notification.inbox import api as inbox_api
from services.notification.inbox import handlers as inbox_handlers
from services.notification.inbox import models as inbox_models
from services.notification.inbox.repository import NOTICES
from services.notification.settings import Settings
from services.notification.signals import api as signals_api
from services.notification.signals import handlers as signal_handlers
from services.notification.signals import models as signals_models
from services.notification.signals.repository import SIGNALS
from services.notification.streams import models as streams_models
from services.notification.streams.stepping import TOLD
from services.notification.streams.tail import follow
from services.notification.waiting import models as waiting_models
from services.notification.waiting.domain import Heard

SCHEMA = "notification"
HOUR = 3600.0

listener = Listener(SCHEMA)
listener.on(WardDefined, TemplatePublished)(catalogue.learn)


@listener.on(
    ReportSubmitted,
    ReportWithdrawalRequested,
    *DECISIONS,
)
async def hear(events: Sequence[Received[Heard]], unit: Unit) -> None:
    """Tell people and programs that reports moved; what the logs' lock covers comes last."""
    wards = inbox_handlers.for_wards(events, unit.now)
    await email_handlers.queue(wards, unit)
    await inbox_handlers.tell(events, wards, unit)
    await signal_handlers.signal_reports(events, unit)


listener.on(CityFiguresChanged)(signal_handlers.signal_figures)


async def tail_logs(runtime: Runtime, pulse: Pulse) -> None:
    """One look at both logs for all streams of this replica."""
    await follow(runtime.database, pulse, (NOTICES, SIGNALS))


SERVICE = Service(
    name=SCHEMA,
    settings=Settings,
    title="Wardline: notification",
    description="Tells people what happened to their reports: in the app, live, and by e-mail.",
    listener=listener,
    routers=(inbox_api.router, signals_api.router, contacts_api.router, email_api.router),
    jobs=(
        Job("notices-purge", HOUR, inbox_handlers.purge),
        Job("signals-purge", HOUR, signal_handlers.purge),
        Job("deliveries-purge", HOUR, email_handlers.purge),
    ),
    loops=(tail_logs, worker.deliver),
    tables=(
        contacts_models,
        email_models,
        inbox_models,
        signals_models,
        streams_models,
        waiting_models,
    ),
    migrations=Path(__file__).parent / "migrations",
    told=TOLD,
)


def build() -> FastAPI:
    """The whole service, configured from the environment."""
    return create_app(SERVICE)
