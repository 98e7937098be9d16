"""Single reports by PUT, from 32 clients and from 8."""

from random import Random

from pydantic_core import to_json

from tests.benchmarks import line, load, reports
from tests.benchmarks.bench import Bench
from tests.benchmarks.loader import Request
from tests.benchmarks.meter import spent


async def measure(bench: Bench) -> None:
    """Submission alone takes as many as it can; its relay tells them meanwhile."""
    count = 200 if bench.smoke else min(bench.size, 8_000)
    for _ in range(bench.rounds):
        for clients in (32, 8):
            await bench.stand.quiet()
            async with line.running(bench.stand, "submission") as running:
                meter, before = running.meter, running.meter.cpu()
                officers, port = running.officers(), running.port("submission")
                seen = await load.closed(port, officers, requests(count), clients)
                name = f"put_{clients}_clients"
                add = bench.results.add
                add(f"{name}_per_second", seen.rate, "reports/s")
                add(f"{name}_p50", seen.milliseconds(0.5), "ms")
                add(f"{name}_p99", seen.milliseconds(0.99), "ms")
                add(f"{name}.cpu.load generator", 1e6 * seen.cpu / count, "µs/report")
                for process, cpu in spent(before, meter.cpu()).items():
                    add(f"{name}.cpu.{process}", 1e6 * cpu / count, "µs/report")
            if set(seen.statuses) != {"202"}:
                bench.results.note(f"{name}: statuses {seen.statuses}")
            bench.say(f"{name}: {seen.rate:,.0f}/s, p99 {seen.milliseconds(0.99):.0f} ms")


def requests(count: int) -> list[Request]:
    """PUTs of reports that are new."""
    chance = Random(5)
    return [
        (
            "PUT",
            f"/v1/reports/{place.ward}/{place.template}/{place.period.code}",
            to_json({"values": reports.values(chance)}).decode(),
            place.ward,
        )
        for place in reports.addresses(count)
    ]
