"""Puts the aggregation service together; the only module that knows all of it."""

from pathlib import Path

from fastapi import FastAPI

from chassis.service import Job, Service, create_app
from services.aggregation import hearing
from services.aggregation.completeness import api as completeness
from services.aggregation.contributions import models
from services.aggregation.contributions.recompute import recompute
from services.aggregation.contributions.reconcile import reconcile
from services.aggregation.figures import api as figures
from services.aggregation.figures import handlers as announcing
from services.aggregation.figures.retelling import FIGURES
from services.aggregation.figures.stepping import TOLD
from services.aggregation.passports import api as passports
from services.aggregation.rebuild.command import rebuild
from services.aggregation.settings import Settings

listener = hearing.listener("aggregation")

SERVICE = Service(
    name="aggregation",
    settings=Settings,
    title="Wardline: aggregation",
    description="Figures of the city, with who stands behind each of them.",
    listener=listener,
    routers=(passports.router, figures.router, completeness.router),
    jobs=(
        Job("announce-figures", seconds=0.5, run=announcing.announce, behind=2.0),
        Job("follow-catalogue", seconds=5, run=announcing.follow_catalogue),
        Job("reconcile-figures", seconds=30, run=reconcile),
    ),
    tables=(models,),
    migrations=Path(__file__).parent / "migrations",
    retold=(FIGURES,),
    told=TOLD,
    commands={"recompute": recompute, "rebuild": rebuild},
)


def build() -> FastAPI:
    """The whole service, configured from the environment."""
    return create_app(SERVICE)
