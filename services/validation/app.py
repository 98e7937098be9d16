"""Puts the validation service together; the only module that knows all of it."""

from pathlib import Path

from fastapi import FastAPI

from chassis.consumer import Listener
from chassis.keyed import FORGETTING
from chassis.service import Job, Service, create_app
from contracts.catalogue import TemplatePublished, WardDefined
from contracts.reports import ReportSubmitted, ReportWithdrawalRequested
from services.validation.review import api as decisions_api
from services.validation.review import handlers, models, queue, reading
from services.validation.review.retelling import DECIDED
from services.validation.review.taking_back import TOLD
from services.validation.rules import api as rules_api

listener = Listener("validation", handlers.REASONS)
listener.on(WardDefined, TemplatePublished)(handlers.learn)
listener.on(ReportSubmitted, ReportWithdrawalRequested)(handlers.judge)

SERVICE = Service(
    name="validation",
    title="Wardline validation",
    description="Checks reports, queues them for review, and decides what counts.",
    listener=listener,
    routers=(rules_api.router, reading.router, decisions_api.router),
    jobs=(
        Job("waiting-sweep", seconds=5, run=handlers.judge_waiting),
        Job("review-queue-measure", seconds=15, run=queue.measure),
        FORGETTING,
    ),
    tables=(models,),
    migrations=Path(__file__).parent / "migrations",
    retold=(DECIDED,),
    told=TOLD,
)


def build() -> FastAPI:
    """The whole service, configured from the environment."""
    return create_app(SERVICE)
