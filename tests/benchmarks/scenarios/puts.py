"""Single reports by PUT from 32 clients to one submission process."""

from collections.abc import Iterable
from random import Random

from pydantic_core import to_json

from tests.benchmarks import line, load, reports
from tests.benchmarks.bench import Bench
from tests.benchmarks.loader import Request
from tests.benchmarks.meter import spent
from tests.benchmarks.reports import Address

CLIENTS = 32


async def measure(bench: Bench) -> None:
    """Submission alone takes as many as it can; its relay tells them meanwhile."""
    name, count = f"put_{CLIENTS}_clients", bench.sizes.puts
    for _ in range(bench.rounds):
        await bench.stand.quiet()
        async with line.running(bench.stand, "submission") as running:
            meter, before = running.meter, running.meter.cpu()
            officers, port = running.officers(), running.port("submission")
            seen = await load.closed(port, officers, requests(count), CLIENTS)
            used = spent(before, meter.cpu()) | {"load generator": seen.cpu}
        bench.answered(name, seen.statuses, "202")
        bench.results.add(f"{name}_per_second", seen.rate, "reports/s")
        for words, share in (("p50", 0.5), ("p99", 0.99)):
            bench.results.add(f"{name}_{words}", seen.milliseconds(share), "ms")
        bench.costs(name, {process: 1e6 * cpu / count for process, cpu in used.items()})
        bench.say(f"{name}: {seen.rate:,.0f}/s, p99 {seen.milliseconds(0.99):.0f} ms")


def requests(count: int) -> list[Request]:
    """PUTs of reports that are new."""
    return written(reports.addresses(count))


def written(places: Iterable[Address]) -> list[Request]:
    """PUTs of these reports."""
    chance = Random(5)
    return [
        (
            "PUT",
            f"/v1/reports/{place.ward}/{place.template}/{place.period.code}",
            to_json({"values": reports.values(chance)}).decode(),
            place.ward,
        )
        for place in places
    ]
