"""Puts the submission service together; the only module that knows all of it."""

from pathlib import Path

from fastapi import FastAPI

from chassis.consumer import Listener
from chassis.keyed import FORGETTING
from chassis.service import Job, Service, create_app
from contracts.decisions import DECISIONS
from services.submission.catalogue import api as catalogue_api
from services.submission.catalogue import load
from services.submission.catalogue import models as catalogue_models
from services.submission.catalogue.retelling import TEMPLATES, WARDS
from services.submission.reports import api, bulk_api, handlers, models, reading_api
from services.submission.reports.retelling import REPORTS
from services.submission.reports.taking_back import TOLD
from services.submission.settings import Settings

listener = Listener("submission")
listener.on(*DECISIONS)(handlers.show_decisions)

SERVICE = Service(
    name="submission",
    settings=Settings,
    title="Wardline submission",
    description="Takes reports in, keeps every version, and shows what became of each.",
    listener=listener,
    routers=(catalogue_api.router, bulk_api.router, reading_api.router, api.router),
    jobs=(Job("catalogue", seconds=15, run=load.load_new_release), FORGETTING),
    tables=(catalogue_models, models),
    migrations=Path(__file__).parent / "migrations",
    retold=(WARDS, TEMPLATES, REPORTS),
    told=TOLD,
    commands={"load": load.load},
)


def build() -> FastAPI:
    """The whole service, configured from the environment."""
    return create_app(SERVICE)
