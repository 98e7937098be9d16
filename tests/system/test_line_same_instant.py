"""All wards of the city send their first report of a new period at the same instant."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from services.submission.catalogue import files
from tests.system.broker import header
from tests.system.line import Line

CLIENTS = 32
PERIOD = "DXT/2026-04"


async def test_every_report_is_stored_published_and_told(line: Line) -> None:
    wards = [ward.code for ward in files.read().wards]
    assert len(wards) == 168
    marks = await line.broker.ends("submission.reports")

    await at_once(line, wards)
    await line.settled()

    stored = await line.read(
        line.token("reviewer"),
        "submission",
        "/v1/reports",
        template="DXT",
        period="2026-04",
        limit="500",
    )
    assert sorted(item["ward_code"] for item in stored["items"]) == sorted(wards)
    assert {item["latest"]["state"] for item in stored["items"]} == {"in-review"}
    published = Counter(header(record, "ce_id") for record in await line.broker.since(marks))
    assert sorted(published.values()) == [1] * len(wards)
    told = [await line.told(f"{ward}/{PERIOD}") for ward in wards]
    assert told == [["received"]] * len(wards)


async def at_once(line: Line, wards: Sequence[str]) -> None:
    """Send from 32 clients that start together."""
    start = asyncio.Event()

    async def client(share: Sequence[str]) -> None:
        await start.wait()
        for ward in share:
            await send(line, f"{ward}/{PERIOD}")

    async with asyncio.TaskGroup() as clients:
        for number in range(CLIENTS):
            clients.create_task(client(wards[number::CLIENTS]))
        start.set()


async def send(line: Line, report: str) -> None:
    """Send it again when the service is too busy: then it says so, and has kept nothing."""
    answer = await line.put(report)
    if answer.status_code == 503:
        await asyncio.sleep(float(answer.headers["Retry-After"]))
        await send(line, report)
    else:
        assert answer.status_code == 202, answer.text
