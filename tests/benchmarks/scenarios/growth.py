"""Speed with a million facts and inbox rows in place, beside that on an empty database.

On the full one round follows round in the same database, each with reports of other years.
"""

from tests.benchmarks import broker, city, line, reports, seeded
from tests.benchmarks.bench import Bench
from tests.benchmarks.contenders import AGGREGATION, NOTIFICATION, VALIDATION
from tests.benchmarks.scenarios import bulk

CONTENDERS = (AGGREGATION, VALIDATION, NOTIFICATION)
YEARS = 4
"""A round's reports are of so many years: more than it sends."""


async def measure(bench: Bench) -> None:
    """Each service in turn on an empty database and on a full one; then the whole line."""
    full = await seeded.database(bench, seeded.MILLION, bench.sizes.facts)
    for number in range(bench.rounds):
        first_year = city.FIRST_YEAR + YEARS * number
        await alone(bench, full, first_year)
        await together(bench, full, first_year + YEARS // 2)
    for name in (*(contender.name for contender in CONTENDERS), "line"):
        kept = f"growth_at_million_{name}"
        rates = (f"growth.{where}.{name}.rate" for where in ("million", "empty"))
        bench.results.ratio(kept, *rates)
    bench.results.worst("growth_at_million", "growth_at_million_")


async def alone(bench: Bench, full: str, first_year: int) -> None:
    """One service at a time on what waits for it."""
    sent = reports.submissions(bench.sizes.growth, seed=6, first_year=first_year)
    decided = reports.approvals(bench.sizes.growth, seed=7, first_year=first_year)
    await bench.stand.quiet()
    await broker.write(bench.stand.bootstrap, [*sent.records, *decided.records])
    for contender in CONTENDERS:
        stream = sent if contender is VALIDATION else decided
        for name, database in (("empty", ""), ("million", full)):
            for each in CONTENDERS:
                await bench.stand.caught_up(each.name)
            await bench.race(f"growth.{name}.{contender.name}", contender, stream, database)


async def together(bench: Bench, full: str, first_year: int) -> None:
    """The whole line in bulk."""
    places = list(reports.addresses(bench.sizes.growth_bulk, first_year))
    for name, database in (("empty", ""), ("million", full)):
        await bench.stand.quiet()
        bodies = bulk.requests(places)
        async with line.running(bench.stand, database=database) as running:
            _, seconds = await bulk.flow(bench, running, bodies, len(places), f"growth.{name}.line")
        bench.results.add(f"growth.{name}.line.rate", len(places) / seconds, "reports/s")
