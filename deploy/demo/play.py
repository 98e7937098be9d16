"""Sets the scene for a demo month, plays it, and reads the figures that came of it."""

from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from time import perf_counter

from rich.console import Console

from deploy.demo import city as cities
from deploy.demo import courses
from deploy.demo.api import Api
from deploy.demo.city import City
from deploy.demo.courses import Report
from deploy.demo.figures import Sheet
from deploy.demo.inboxes import Inboxes
from deploy.demo.leader import Leader, by_template
from deploy.demo.measuring import Stopwatch
from deploy.demo.month import Month
from deploy.demo.people import People
from deploy.demo.reviewers import Reviewers
from deploy.demo.scene import Ward
from deploy.demo.stages import Stages
from deploy.demo.wards import Wards
from deploy.local.issuer import Issuer
from deploy.local.layout import Layout

WARDS_WITH_MAIL = 8
CITYS_WARDS = 168


@dataclass(frozen=True, slots=True)
class Options:
    """How to play; ``wards`` is how many of the city's units take part."""

    seed: int = 1
    clients: int = 32
    wards: int = CITYS_WARDS


@dataclass(frozen=True, slots=True)
class Played:
    """What was played, and what came of it."""

    city: City
    reports: list[Report]
    sheets: list[Sheet]
    watch: Stopwatch
    seconds: float
    sent_again: Counter[str]


async def play(layout: Layout, options: Options, console: Console) -> Played:
    """Play one month; raises DemoError when the line does something else than it should."""
    began, people, watch = perf_counter(), People(Issuer(layout.data)), Stopwatch()
    async with AsyncExitStack() as opened:
        api = await opened.enter_async_context(Api(layout, options.clients))
        inboxes = await opened.enter_async_context(Inboxes(layout))
        stages = opened.enter_context(Stages(console))
        city = await cities.read(api, people.leader)
        units = city.some_wards(min(options.wards, len(city.wards)))
        reports = courses.cast(units, city.periods, options.seed)
        leader = Leader(api, people.leader, city.templates, city.kinds)
        month = Month(
            reports=reports,
            wards=Wards(api, people, inboxes, watch),
            reviewers=Reviewers(api, people.reviewer),
            leader=leader,
            inboxes=inboxes,
            stages=stages,
            watch=watch,
            clients=options.clients,
        )
        if reports:
            await _open_inboxes(units, month, people)
            await month.play()
        sheets = await _check(reports, leader, stages)
    return Played(city, reports, sheets, watch, perf_counter() - began, api.sent_again)


async def _open_inboxes(units: list[Ward], month: Month, people: People) -> None:
    with month.stages.stage("Wards open their inboxes", len(units)) as bar:
        officers = [people.officer(ward.code) for ward in units]
        await month.inboxes.listen(officers, bar.left)
        for ward in units[:: max(1, len(units) // WARDS_WITH_MAIL)]:
            await month.wards.ask_for_mail(ward)


async def _check(reports: list[Report], leader: Leader, stages: Stages) -> list[Sheet]:
    sheets = []
    parts = by_template(reports).values()
    with stages.stage("Figures are held against the demo's own sum", len(parts)) as bar:
        for part in parts:
            sheets.append(await leader.check(part))
            bar.advance()
    return sheets
