"""Reads by 16 clients with a million facts and notices in place."""

from random import Random

from tests.benchmarks import city, line, load, seeded
from tests.benchmarks.bench import Bench
from tests.benchmarks.loader import Request

CLIENTS = 16


async def measure(bench: Bench) -> None:
    """Figures, inboxes, and a ward's list of its reports."""
    source = await seeded.database(bench, seeded.MILLION, bench.sizes.facts)
    asked = bench.sizes.reads
    async with line.running(bench.stand, source=source) as running:
        for _ in range(bench.rounds):
            for name, (service, requests) in wanted(
                asked, bench.sizes.facts // seeded.SAMPLE
            ).items():
                officers = running.officers() | {"": running.token("department_leader")}
                seen = await load.closed(running.port(service), officers, requests, CLIENTS)
                bench.answered(f"read_{name}", seen.statuses, "200")
                bench.results.add(f"read_{name}_p50", seen.milliseconds(0.5), "ms")
                bench.results.add(f"read_{name}_p99", seen.milliseconds(0.99), "ms")
                bench.say(f"read {name}: {seen.rate:,.0f}/s, p99 {seen.milliseconds(0.99):.1f} ms")


def wanted(asked: int, places: int) -> dict[str, tuple[str, list[Request]]]:
    """The service and the requests of each kind."""
    chance = Random(10)
    months = [m.code for m in city.months(city.LAST_OPEN_YEAR + 2, city.LAST_YEAR)][:places]
    wards = [ward.code for ward in city.wards()]
    figures: list[Request] = [
        ("GET", f"/v1/figures/{city.TEMPLATES[0]}/{chance.choice(months)}", "", "")
        for _ in range(asked)
    ]
    inbox: list[Request] = [("GET", "/v1/inbox", "", chance.choice(wards)) for _ in range(asked)]
    reports: list[Request] = [
        ("GET", f"/v1/reports?ward={ward}&limit=500", "", ward)
        for ward in (chance.choice(wards) for _ in range(asked // 10))
    ]
    return {
        "figures": ("aggregation", figures),
        "inbox": ("notification", inbox),
        "reports": ("submission", reports),
    }
