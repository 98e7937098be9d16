"""The workload that DHIS2 was measured with: 168 wards × 10 values × 36 months of one template."""

from tests.benchmarks import city, line, load, reports
from tests.benchmarks.bench import Bench
from tests.benchmarks.reports import Address
from tests.benchmarks.scenarios import bulk, puts

WARDS, VALUES = 168, 10
CLIENTS = 8


async def measure(bench: Bench) -> None:
    """A request for each month; all in one request; ward by ward alone and from eight clients."""
    months = bench.sizes.city_months
    places = of_one_template(WARDS * months)
    for _ in range(bench.rounds):
        for name, lines in (("city_by_month", WARDS), ("city_at_once", len(places))):
            await bench.stand.quiet()
            async with line.running(bench.stand) as running:
                times = await bulk.flow(
                    bench, running, bulk.requests(places, lines), len(places), name
                )
            for kind, seconds in zip(("_taken", "_at_rest"), times, strict=True):
                rate = len(places) * VALUES / seconds
                bench.results.add(f"{name}{kind}_values_per_second", rate, "values/s")
        await by_ward(bench, places)


def of_one_template(count: int) -> list[Address]:
    """One template alone, month after month."""
    whole = reports.addresses(count * len(city.TEMPLATES))
    return [place for place in whole if place.template == city.TEMPLATES[0]]


async def by_ward(bench: Bench, places: list[Address]) -> None:
    """PUT by PUT while the whole line works: first one client alone, then eight."""
    few = bench.sizes.alone_puts
    await bench.stand.quiet()
    async with line.running(bench.stand) as running:
        for name, clients, chosen in (
            ("city_put_alone", 1, places[:few]),
            ("city_put_8_clients", CLIENTS, places[few:]),
        ):
            asked = puts.written(chosen)
            port = running.port("submission")
            seen = await load.closed(port, running.officers(), asked, clients)
            bench.answered(name, seen.statuses, "202")
            bench.results.add(f"{name}_per_second", seen.rate, "reports/s")
            for words, share in (("p50", 0.5), ("p95", 0.95)):
                bench.results.add(f"{name}_{words}", seen.milliseconds(share), "ms")
            bench.say(f"{name}: {seen.rate:,.0f}/s, p50 {seen.milliseconds(0.5):.1f} ms")
