"""At 50 reports a second: from sending to the stream, and from approving to the figure."""

import asyncio
import json
from collections.abc import Sequence

from contracts.reports import report_id
from tests.benchmarks import city, line, load
from tests.benchmarks.bench import Bench
from tests.benchmarks.client import Connection
from tests.benchmarks.line import Line
from tests.benchmarks.loader import Request
from tests.benchmarks.scenarios.puts import requests
from tests.benchmarks.served import stopwatch

EVERY = 1 / 50
TOLD_SECONDS = 60.0


async def measure(bench: Bench) -> None:
    """Reports come at a steady pace whatever happens to the one before."""
    for _ in range(bench.rounds):
        await bench.stand.quiet()
        async with line.running(bench.stand) as running:
            await streamed(bench, running, requests(bench.sizes.paced))
            await counted(bench, running, bench.sizes.approvals)


async def streamed(bench: Bench, running: Line, asked: Sequence[Request]) -> None:
    """Send at a steady pace; one stream of signals sees what became of each report."""
    sent: dict[str, float] = {}
    seen: dict[str, float] = {}
    watcher = await Connection.open(running.port("notification"), running.token("system"))
    stream = await watcher.stream("/v1/signals/stream")
    listening = asyncio.create_task(listen(stream, seen, len(asked)))
    officers, senders = running.officers(), []
    began = stopwatch()
    for number, request in enumerate(asked):
        await asyncio.sleep(max(0.0, began + number * EVERY - stopwatch()))
        ward, template, period = request[1].split("/")[-3:]
        sent[str(report_id(ward, template, period))] = stopwatch()
        senders.append(asyncio.create_task(send(running, officers[ward], request)))
    await asyncio.gather(*senders)
    async with asyncio.timeout(TOLD_SECONDS):
        await listening
    watcher.close()
    waits = [seen[report] - at for report, at in sent.items()]
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        bench.results.add(f"submit_to_stream_{name}", load.quantile(waits, share) * 1e3, "ms")
    bench.say(f"submit to stream: p50 {load.quantile(waits, 0.5) * 1e3:.0f} ms")


async def send(running: Line, token: str, request: Request) -> None:
    """One report, on a connection of its own."""
    connection = await Connection.open(running.port("submission"), token)
    await connection.ask(request[0], request[1], request[2].encode())
    connection.close()


async def listen(stream: asyncio.StreamReader, seen: dict[str, float], count: int) -> None:
    """Note when each report was first told of."""
    while len(seen) < count:
        told = await stream.readline()
        if told.startswith(b"data:"):
            report = json.loads(told[5:]).get("report_id")
            if report:
                seen.setdefault(report, stopwatch())


async def counted(bench: Bench, running: Line, count: int) -> None:
    """Approve reports one by one; each time wait until the city's figures have moved."""
    template, month = city.MANUAL[0], next(city.months()).code
    asked = [(r[0], f"/v1/reports/{r[3]}/{template}/{month}", r[2], r[3]) for r in requests(count)]
    await load.closed(running.port("submission"), running.officers(), asked, 4)
    reviewer = await Connection.open(running.port("validation"), running.token("reviewer"))
    reader = await Connection.open(running.port("aggregation"), running.token("department_leader"))
    waits: list[float] = []
    answers: list[float] = []
    for _, _, _, ward in asked:
        path = f"/v1/reviews/{report_id(ward, template, month)}/approve"
        status, began = 0, 0.0
        while status != 200:  # it may not have come to the queue yet
            began = stopwatch()
            status, _ = await reviewer.ask("POST", path, b'{"version": 1}')
        answers.append(stopwatch() - began)
        waits.append(await moved(reader, f"/v1/figures/{template}/{month}", len(waits) + 1) - began)
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        bench.results.add(f"approve_{name}", load.quantile(answers, share) * 1e3, "ms")
        bench.results.add(f"approve_to_figure_{name}", load.quantile(waits, share) * 1e3, "ms")
    bench.say(f"approve to figure: p99 {load.quantile(waits, 0.99) * 1e3:.0f} ms")


async def moved(reader: Connection, path: str, revision: int) -> float:
    """When the figures were at this revision."""
    while True:
        status, body = await reader.ask("GET", path)
        if status == 200 and json.loads(body)["revision"] >= revision:
            return stopwatch()
        await asyncio.sleep(0.002)
