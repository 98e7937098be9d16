"""Commands beside a running line: killed in their middle, gone on with, refused where unsafe."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from signal import SIGTERM
from time import monotonic
from typing import Any

import pytest
from pydantic_core import from_json

from deploy.local.issuer import Issuer
from services.submission.catalogue import files
from tests import stack as stacks
from tests.stack import SERVICES, Stack
from tests.system import commands
from tests.system import line as lines
from tests.system.broker import Marks, header
from tests.system.commands import begin, ended, knows, number, query, run
from tests.system.conftest import started
from tests.system.line import Line
from tests.system.processes import DRAIN_SECONDS, Processes

REPORTS = [f"{ward.code}/DXT/2026-03" for ward in files.read().wards[:120]]
APPROVED = [f"{ward.code}/DXT/2026-04" for ward in files.read().wards[:12]]
TOPICS = ("submission.catalogue", "submission.reports")
RATE = 20
TOLD = "SELECT told FROM submission.republication"
TAKING_OVER = """
    SELECT count(*) FROM pg_locks WHERE relation = CAST('aggregation.ward' AS regclass)
      AND NOT granted
"""
RESTORED = "SELECT count(*) FROM notification.audit WHERE action = 'restored'"
REVISION = "SELECT max(revision) FROM aggregation.figure_set WHERE period_code = '2026-04'"
STEPPED = {"notification.numbering", "notification.purged"}
"""What a restore changes, and a replica's first turn."""
LEFT = "SELECT tablename FROM pg_tables WHERE schemaname = 'aggregation_rebuild'"
SPOILED = """
    UPDATE aggregation.fact SET counted = jsonb_set(counted, '{values,dxt01}', '999')
    WHERE period_code = '2026-04'
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Topics of our own: everything in them is told or read again."""
    with stacks.embedded(tmp_path_factory.mktemp("stack")) as own:
        yield own


@pytest.fixture(scope="module")
def processes(
    stack: Stack, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Processes]:
    with started(stack, issuer, tmp_path_factory.mktemp("line")) as processes:
        yield processes


@pytest.fixture(scope="module")
def sent(processes: Processes) -> None:
    """Many reports, and some that were approved."""

    async def send() -> None:
        async with lines.opened(processes) as line:
            await asyncio.gather(*map(line.sent, REPORTS))
            await asyncio.gather(*map(line.approved, APPROVED))
            await line.settled()

    stacks.aside(send)


async def told(line: Line, marks: Marks) -> list[tuple[str, bytes | None, Any]]:
    """The events since the marks: id, key and what they say."""
    records = await line.broker.since(marks)
    return [(header(each, "ce_id"), each.key, from_json(each.value or b"")) for each in records]


async def told_before(line: Line) -> dict[str, tuple[bytes | None, Any]]:
    """All that submission has told, by its id."""
    beginning = dict.fromkeys(await line.broker.ends(*TOPICS), 0)
    return {event: (key, value) for event, key, value in await told(line, beginning)}


async def killed_in_its_middle(processes: Processes) -> int:
    """Begin to tell again, and kill that once some are told; how many the service says it told."""
    telling = begin(processes, "submission", *("republish", "--go", "--rate", str(RATE)))
    try:
        while await number(processes, TOLD) < 2 * RATE:
            assert telling.poll() is None, await ended(telling)
            await asyncio.sleep(0.1)
    finally:
        telling.kill()
        await ended(telling)
    return await number(processes, TOLD)


@pytest.mark.usefixtures("sent")
async def test_telling_again_that_is_killed_goes_on_and_nobody_applies_anything_twice(
    line: Line,
) -> None:
    processes, ends = line.processes, partial(line.broker.ends, *TOPICS)
    original = await told_before(line)
    before, marks = await knows(processes, SERVICES), await ends()

    dry = await run(processes, "submission", "republish")
    assert dry.code == 0
    assert "nothing was told: --go tells them" in dry.said
    total = int(re.findall(r"([\d,]+) events to tell again", dry.said)[0].replace(",", ""))
    assert (await ends(), await query(processes, TOLD)) == (marks, [])

    stopped = await killed_in_its_middle(processes)
    await line.settled()
    assert 2 * RATE <= stopped < total
    assert len(await told(line, marks)) == stopped

    began = monotonic()
    rest = await run(processes, "submission", "republish", "--go", "--rate", str(2 * RATE))
    assert (rest.code, monotonic() - began > (total - stopped) / (2 * RATE) - 1) == (0, True)
    assert f"stopped after {stopped}" in rest.said
    await line.settled()

    again = await told(line, marks)
    assert Counter(event[0] for event in again) == Counter(original.keys())
    assert {event[0]: event[1:] for event in again} == original
    assert await knows(processes, SERVICES) == before


async def test_a_restore_is_refused_while_the_service_hears(line: Line) -> None:
    processes, service = line.processes, line.processes.services["notification"]
    heard = partial(line.broker.offsets, "notification")
    await line.settled()
    before, places = await knows(processes, ["notification"]), await heard()

    refused = await run(processes, "notification", "restored", "--go")

    assert (refused.code, "must be stopped first" in refused.said) == (1, True), refused.said
    assert await heard() == places
    assert await number(processes, RESTORED) == 0

    service.process.send(SIGTERM)
    await asyncio.to_thread(service.process.wait, DRAIN_SECONDS)
    done = await run(processes, "notification", "restored", "--go")
    assert (done.code, await number(processes, RESTORED)) == (0, 1), done.said
    assert set((await heard()).values()) == {0}
    service.launch()
    await asyncio.to_thread(service.await_ready)
    await line.settled()
    after = await knows(processes, ["notification"])
    assert {table for table in before if after[table] != before[table]} <= STEPPED


async def value(line: Line) -> object:
    return (await line.figures("DXT", "2026-04")).value("dxt01")


async def wrong_facts(line: Line) -> tuple[object, object]:
    """Facts that are not what was approved, and figures after them; the figure before and now."""
    right = await value(line)
    await query(line.processes, SPOILED)
    assert (await run(line.processes, "aggregation", "recompute")).code == 0
    return right, await value(line)


async def killed_while_taking_over(line: Line, wrong: object) -> None:
    """Begin to make the facts anew, and kill that when all is read and some of it is taken."""
    processes = line.processes

    async def takes_over() -> bool:
        assert making.poll() is None, await ended(making)
        return await number(processes, TAKING_OVER) > 0

    async with commands.held(processes, "aggregation.ward", "SHARE"):
        making = begin(processes, "aggregation", "rebuild", "--go")
        try:
            await line.until(takes_over, 60)
            assert await value(line) == wrong
        finally:
            making.kill()
            await ended(making)


@pytest.mark.usefixtures("sent")
async def test_facts_made_anew_are_taken_over_whole_or_not_at_all(line: Line) -> None:
    processes = line.processes
    right, wrong = await wrong_facts(line)
    assert wrong != right
    revision = await number(processes, REVISION)

    await killed_while_taking_over(line, wrong)
    assert (await value(line), await number(processes, REVISION)) == (wrong, revision)
    [[group]] = await query(processes, "SELECT consumer_group FROM aggregation_rebuild.run")
    read = await line.broker.offsets(group)
    assert sum(read.values()) > 0

    again = await run(processes, "aggregation", "rebuild", "--go")
    assert (again.code, "facts taken over" in again.said) == (0, True), again.said
    assert (await line.broker.offsets(group)).keys() == read.keys()
    assert await query(processes, LEFT) == []
    assert await value(line) == right
    assert await number(processes, REVISION) > revision
    checked = await run(processes, "aggregation", "recompute", "--check")
    assert (checked.code, ", 0 differences found" in checked.said) == (0, True)
    await line.settled()
