"""End to end in bulk: NDJSON in, rules, automatic approval, figures, notices and status."""

import time
from collections.abc import Sequence
from random import Random

from tests.benchmarks import disk, line, reports
from tests.benchmarks.bench import Bench, RefusedError
from tests.benchmarks.client import Connection
from tests.benchmarks.contenders import OUR_TOTALS, summed
from tests.benchmarks.line import Line
from tests.benchmarks.meter import spent
from tests.benchmarks.reports import Address
from tests.benchmarks.served import stopwatch
from tests.benchmarks.stand import SERVICES

LINES = 5_000
REST_SECONDS = 400.0


async def measure(bench: Bench) -> None:
    """As many reports as are to be sustained, once: that is long enough to be a mean of itself."""
    count, add = bench.sizes.bulk, bench.results.add
    await bench.stand.quiet()
    async with line.running(bench.stand) as running:
        before = await disk.used(bench.stand, running.database)
        places = list(reports.addresses(count))
        bodies = requests(places)
        taken, seconds = await flow(bench, running, bodies, count, "end_to_end")
        add("end_to_end_reports_per_second", count / seconds, "reports/s")
        add("end_to_end_intake_reports_per_second", count / taken, "reports/s")
        after = await disk.used(bench.stand, running.database)
        for part, size in disk.grown(before, after).items():
            add(f"end_to_end.disk.{part}", size / count, "bytes/report")
        memory = running.meter.memory()
        if await summed(OUR_TOTALS)(bench.stand, running.database) != reports.told(bodies):
            bench.results.wrong("end to end: the totals")
    for process, size in memory.items():
        add(f"end_to_end.memory.{process}", size, "MB")
    add("memory_after_load", sum(memory[service] for service in SERVICES), "MB")


def requests(places: Sequence[Address], lines: int = LINES) -> list[bytes]:
    """Reports of these places as the bodies of bulk requests."""
    chance = Random(4)
    return [reports.lines(places[at : at + lines], chance) for at in range(0, len(places), lines)]


async def flow(
    bench: Bench, running: Line, bodies: Sequence[bytes], count: int, name: str
) -> tuple[float, float]:
    """Send reports in bulk; seconds until they were taken, and until all was at rest."""
    mark, meter = await running.mark(count), running.meter
    before, own, began = meter.cpu(), time.process_time(), stopwatch()
    await send(running, bodies)
    taken = stopwatch() - began
    seconds = await running.at_rest(mark, REST_SECONDS) - began
    used = spent(before, meter.cpu()) | {"load generator": time.process_time() - own}
    bench.costs(name, {process: 1e6 * cpu / count for process, cpu in used.items()})
    bench.say(
        f"{name}: {count:,} taken in {taken:.1f} s, at rest after {seconds:.1f} s, "
        f"{count / seconds:,.0f} reports/s"
    )
    return taken, seconds


async def send(running: Line, bodies: Sequence[bytes]) -> None:
    """One request after the other; raises `RefusedError` when a line of one is refused."""
    connection = await Connection.open(running.port("submission"), running.token("system"))
    for body in bodies:
        status, answer = await connection.ask(
            "POST", "/v1/reports:bulk", body, "application/x-ndjson"
        )
        if status != 200 or answer.count(b'"status":202') != body.count(b"\n"):
            raise RefusedError(f"bulk was answered {status}: {answer[:200]!r}")
    connection.close()
