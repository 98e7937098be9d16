"""End to end in bulk: NDJSON in, rules, automatic approval, figures, notices and status."""

from collections.abc import Iterator, Sequence
from random import Random

from tests.benchmarks import city, line, reports
from tests.benchmarks.bench import Bench, RefusedError
from tests.benchmarks.client import Connection
from tests.benchmarks.line import Line
from tests.benchmarks.meter import spent
from tests.benchmarks.reports import Address
from tests.benchmarks.served import stopwatch

LINES = 5_000
MONTHS = 36
REST_SECONDS = 900.0


async def measure(bench: Bench) -> None:
    """As many reports as asked for; then DHIS2's workload, once together and once by ward."""
    for _ in range(bench.rounds):
        await bench.stand.quiet()
        async with line.running(bench.stand) as running:
            places = list(reports.addresses(bench.size))
            await flow(bench, running, places, "end_to_end")
    city_of_36 = 168 * MONTHS if not bench.smoke else 168
    for _ in range(bench.rounds):
        await bench.stand.quiet()
        async with line.running(bench.stand) as running:
            places = list(of_one_template(city_of_36))
            await flow(bench, running, places, "dhis2_workload")


def of_one_template(count: int) -> Iterator[Address]:
    """One template alone, month after month: 168 wards × 10 values × 36 months."""
    whole = reports.addresses(count * len(city.TEMPLATES))
    return (place for place in whole if place.template == city.TEMPLATES[0])


async def flow(bench: Bench, running: Line, places: Sequence[Address], name: str) -> None:
    """Send reports in bulk and wait until all is at rest."""
    chance = Random(4)
    bodies = [reports.lines(places[at : at + LINES], chance) for at in range(0, len(places), LINES)]
    meter, began = running.meter, stopwatch()
    before = meter.cpu()
    connection = await Connection.open(running.port("submission"), running.token("system"))
    for body in bodies:
        status, answer = await connection.ask(
            "POST", "/v1/reports:bulk", body, "application/x-ndjson"
        )
        if status != 200 or answer.count(b'"status":202') != body.count(b"\n"):
            raise RefusedError(f"{name}: bulk was answered {status}: {answer[:200]!r}")
    connection.close()
    taken = stopwatch() - began
    await running.at_rest(len(places), REST_SECONDS)
    seconds = stopwatch() - began
    results = bench.results
    results.add(f"{name}_intake_reports_per_second", len(places) / taken, "reports/s")
    results.add(f"{name}_reports_per_second", len(places) / seconds, "reports/s")
    for process, cpu in spent(before, meter.cpu()).items():
        results.add(f"{name}.cpu.{process}", 1e6 * cpu / len(places), "µs/report")
    for process, memory in meter.memory().items():
        results.add(f"{name}.memory.{process}", memory, "MB")
    bench.say(
        f"{name}: {len(places):,} reports taken in {taken:.1f} s, at rest after {seconds:.1f} s"
    )
