"""Hostile records on every topic, among good ones: all that is good is applied, once."""

import asyncio
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from chassis.records import Record
from contracts.asyncapi import example
from contracts.event import Event
from contracts.figures import CityFiguresChanged
from contracts.registry import READERS
from contracts.reports import report_id
from services.submission.catalogue import files
from tests import bus
from tests.builders import Report, ward
from tests.service.harness import record
from tests.stack import SERVICES
from tests.system.hostile import Hostile, spoilt
from tests.system.line import Line
from tests.system.processes import Place
from tests.unit import sound_bodies

PERIOD = "2026-10"
GOOD = [known.code for known in files.read().wards][:24]
OTHERS = [known.code for known in files.read().wards][24:48]
NOT_GOOD, *_ = [known.code for known in files.read().wards][-1:]
"""A ward in whose name hostile records are written; what can be applied of them is no lie."""


@contextmanager
def held_up(line: Line, *names: str) -> Iterator[None]:
    """These services stand still: what is written meanwhile they find in one fetch."""
    services = [line.processes.services[name] for name in names]
    for service in services:
        service.process.send(signal.SIGSTOP)
    try:
        yield
    finally:
        for service in services:
            service.process.send(signal.SIGCONT)


def victims() -> list[Event]:
    """One good event for each topic; those of reports are of a ward that sends none itself."""
    content = sound_bodies.content("DXT", sound_bodies.body("DXT"))
    return [
        ward(NOT_GOOD),
        Report(NOT_GOOD, "DXT", "2026-12").sent(content),
        Report(NOT_GOOD, "DXT", "2026-11").approved(content),
        CityFiguresChanged.model_validate(example(CityFiguresChanged)["data"]),
    ]


@pytest.fixture
async def evil(line: Line) -> str:
    """A topic on which hostile writers want to be answered."""
    topic = bus.some_topic()
    await bus.make_topic(line.processes.stack.bootstrap, topic)
    return topic


async def test_good_records_among_hostile_ones_are_all_applied_once(line: Line, evil: str) -> None:
    before = {service: line.processes.dead_letters(service) for service in SERVICES}
    catalogue, submitted, decided, figures = (spoilt(record(event), evil) for event in victims())
    reports = [f"{code}/DXT/{PERIOD}" for code in GOOD]

    with held_up(line, "validation", "aggregation", "notification"):
        sent = await write(line, catalogue + submitted)
        await asyncio.gather(*map(line.sent, reports))
        sent |= await write(line, submitted[::-1] + catalogue[::-1])
    for report in reports:
        await line.reaches(report, "in-review", 1)
    with held_up(line, "submission", "aggregation", "notification"):
        sent |= await write(line, figures + decided + catalogue)
        await approve(line, reports)
        sent |= await write(line, catalogue + decided[::-1] + figures[::-1])
    await line.settled()

    for report in reports:
        await line.reaches(report, "approved", 1)
        assert await line.told(report) == ["received", "approved"], report
    sheet = await line.figures("DXT", PERIOD)
    assert (sheet.value("dxt01"), sheet.behind("dxt01")) == (24 * 1800, (24, 0, 168))
    assert (await line.figures("DXT", "2026-11")).behind("dxt01") == (1, 0, 168)
    for service in SERVICES:
        expected = {place: cause for place, cause in sent.items() if service in READERS[place[0]]}
        assert line.processes.dead_letters(service) == before[service] | expected
        assert line.processes.services[service].answers()
    assert Counter((await line.broker.ends(evil)).values()) == {0: 1}


async def test_what_only_a_database_refuses_is_set_aside_alone(line: Line) -> None:
    before = line.processes.dead_letters("validation")
    content = sound_bodies.content("DXT", sound_bodies.body("DXT"))
    event = Report(NOT_GOOD, "DXT", "2025-07").sent(content)
    poison = event.model_copy(update={"submitted_by": "a\x00b"})
    reports = [f"{code}/DXT/{PERIOD}" for code in OTHERS]

    with held_up(line, "validation"):
        [at] = await line.broker.send([record(poison)])
        await asyncio.gather(*map(line.sent, reports))
    await line.settled()

    for report in reports:
        await line.reaches(report, "in-review", 1)
    place = (at.topic, at.partition, at.offset)
    line.processes.hostile.add(place)
    assert line.processes.dead_letters("validation") == before | {place: "22021"}


async def write(line: Line, hostile: Sequence[Hostile]) -> dict[Place, str]:
    """Write them; the places of those that are to be set aside, and why."""
    written: list[Record] = await line.broker.send(each.record for each in hostile)
    places = [(at.topic, at.partition, at.offset) for at in written]
    causes = [each.cause for each in hostile]
    bad = {place: cause for place, cause in zip(places, causes, strict=True) if cause}
    line.processes.hostile |= bad.keys()
    return bad


async def approve(line: Line, reports: Sequence[str]) -> None:
    items = [{"report_id": str(report_id(*r.split("/"))), "version": 1} for r in reports]
    answer = await line.ask(
        line.token("reviewer"), "POST", "validation", "/v1/reviews:approve", json={"items": items}
    )
    assert {item["status"] for item in answer.json()["items"]} == {200}, answer.text
