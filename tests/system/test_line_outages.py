"""Kafka or PostgreSQL away under the whole line: clear answers, nothing lost, no restart needed."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from signal import SIGCONT, SIGSTOP
from time import monotonic

from deploy.local.server import Server
from services.submission.catalogue import files
from tests.system.access import TABLE
from tests.system.line import Line
from tests.system.test_line_access import answer, who

OUTAGE_SECONDS = float(os.environ.get("WARDLINE_TEST_OUTAGE_SECONDS", "15"))
AFTERWARDS_SECONDS = 90.0
"""A client of Kafka that was refused for a while takes its time to come again."""
WARDS = [ward.code for ward in files.read().wards]
WITHOUT_DATABASE = {"/v1/signals/stream"}
"""Guarded routes that a service answers from what it has in memory."""


@asynccontextmanager
async def away(server: Server | None) -> AsyncIterator[None]:
    """The server is stopped for the length of the block, and answers again after it."""
    assert server is not None
    await asyncio.to_thread(server.stop)
    try:
        yield
    finally:
        server.launch()  # from this thread: at the end of another one it would be ended
        await asyncio.to_thread(server.await_ready)


async def health(line: Line, question: str) -> list[tuple[int, list[str]]]:
    """What every service answers: the status and the reasons."""
    urls = [service.url for service in line.processes.services.values()]
    answers = [await line.http.get(f"{url}/health/{question}") for url in urls]
    return [(answer.status_code, answer.json()["reasons"]) for answer in answers]


async def send_over(line: Line, reports: Sequence[str], seconds: float) -> None:
    """Send reports spread over so long."""
    began = monotonic()
    for number, report in enumerate(reports, 1):
        await line.sent(report)
        await asyncio.sleep(max(0.0, began + seconds * number / len(reports) - monotonic()))


async def test_kafka_away_while_wards_send_delays_and_loses_nothing(breakable_line: Line) -> None:
    line = breakable_line
    reports = [f"{ward}/DXT/2026-06" for ward in WARDS]
    early = "26536/DXT/2026-07"
    await line.sent(early)
    await line.reaches(early, "in-review", 1)

    async with away(line.processes.stack.kafka):
        await send_over(line, reports, OUTAGE_SECONDS)
        await line.decided("approve", early, 1)
        assert await health(line, "ready") == [(200, [])] * 4
        assert await health(line, "live") == [(200, [])] * 4
    await line.settled(AFTERWARDS_SECONDS)

    for report in reports:
        assert (await line.status(report))["latest"]["state"] == "in-review", report
        assert await line.told(report) == ["received"], report
    assert (await line.status(early))["latest"]["state"] == "approved"
    assert (await line.figures("DXT", "2026-07")).value("dxt01") == 1800


@asynccontextmanager
async def frozen(server: Server | None) -> AsyncIterator[None]:
    """The server keeps every connection for the length of the block, and says nothing."""
    assert server is not None
    server.process.send(SIGSTOP)
    try:
        yield
    finally:
        server.process.send(SIGCONT)


async def test_kafka_that_says_nothing_delays_and_loses_nothing(breakable_line: Line) -> None:
    line = breakable_line
    reports = [f"{ward}/DXT/2026-08" for ward in WARDS[120:144]]

    async with frozen(line.processes.stack.kafka):
        await send_over(line, reports, OUTAGE_SECONDS)
        assert await health(line, "ready") == [(200, [])] * 4
        assert await health(line, "live") == [(200, [])] * 4
    await line.settled(AFTERWARDS_SECONDS)

    for report in reports:
        assert (await line.status(report))["latest"]["state"] == "in-review", report
        assert await line.told(report) == ["received"], report


async def test_postgres_away_is_said_and_what_was_under_way_goes_on(breakable_line: Line) -> None:
    line = breakable_line
    before, after = (
        [f"{ward}/DXT/{period}" for ward in WARDS[:24]] for period in ("2026-08", "2026-09")
    )
    pids = {service.process.pid for service in line.processes.services.values()}
    await asyncio.gather(*map(line.sent, before))

    async with away(line.processes.stack.postgres):
        await every_route_says_so(line)
        refusals = await asyncio.gather(*map(line.put, after))
        assert {(r.status_code, r.headers["Retry-After"]) for r in refusals} == {(503, "2")}
        assert [status for status, _ in await health(line, "live")] == [200] * 4
        for status, reasons in await health(line, "ready"):
            assert (status, reasons[0].partition(":")[0]) == (503, "database")

    for service in line.processes.services.values():
        await line.until(partial(asyncio.to_thread, service.answers))
    await asyncio.gather(*map(line.sent, after))
    await line.settled(AFTERWARDS_SECONDS)
    for report in (*before, *after):
        assert (await line.status(report))["latest"]["version"] == 1
        assert (await line.status(report))["latest"]["state"] == "in-review", report
        assert await line.told(report) == ["received"], report
    assert pids == {service.process.pid for service in line.processes.services.values()}


async def every_route_says_so(line: Line) -> None:
    for route in TABLE:
        if not route.public and route.path not in WITHOUT_DATABASE:
            said = await answer(line, route, who(line, max(route.roles)))
            assert (said.status_code, said.headers.get("Retry-After")) == (503, "2"), route.key
