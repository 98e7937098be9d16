"""Puts the aggregation service together; the only module that knows all of it."""

from pathlib import Path

from fastapi import FastAPI

from chassis.consumer import Listener
from chassis.operations.own_topics import Told
from chassis.service import Job, Service, create_app
from contracts.catalogue import TemplatePublished, WardDefined
from contracts.decisions import DECISIONS
from contracts.figures import CityFiguresChanged
from services.aggregation.completeness import api as completeness
from services.aggregation.contributions import handlers as contributions
from services.aggregation.contributions import models
from services.aggregation.contributions.recompute import recompute
from services.aggregation.contributions.reconcile import reconcile
from services.aggregation.figures import api as figures
from services.aggregation.figures import handlers as announcing
from services.aggregation.figures.retelling import FIGURES
from services.aggregation.passports import api as passports
from services.aggregation.settings import Settings

listener = Listener("aggregation", contributions.REASONS)
listener.on(WardDefined, TemplatePublished)(announcing.learn)
listener.on(*DECISIONS)(contributions.fold)

SERVICE = Service(
    name="aggregation",
    settings=Settings,
    title="Wardline: aggregation",
    description="Figures of the city, with who stands behind each of them.",
    listener=listener,
    routers=(passports.router, figures.router, completeness.router),
    jobs=(
        Job("announce-figures", seconds=0.5, run=announcing.announce),
        Job("follow-catalogue", seconds=5, run=announcing.follow_catalogue),
        Job("reconcile-figures", seconds=30, run=reconcile),
    ),
    tables=(models,),
    migrations=Path(__file__).parent / "migrations",
    retold=(FIGURES,),
    told=Told(
        topics=("aggregation.figures",),
        numbered=(CityFiguresChanged,),
        highest="SELECT max(revision) FROM figure_set",
    ),
    commands={"recompute": recompute},
)


def build() -> FastAPI:
    """The whole service, configured from the environment."""
    return create_app(SERVICE)
