"""Speed with a million facts and inbox rows in place, beside that on an empty database."""

from tests.benchmarks import broker, reports, seeded
from tests.benchmarks.bench import Bench
from tests.benchmarks.race import race
from tests.benchmarks.stand import PLAIN

FACTS = 1_000_000


async def measure(bench: Bench) -> None:
    """Each service in turn on an empty database and on a full one."""
    full = await seeded.database(bench, seeded.MILLION, seeded.SAMPLE if bench.smoke else FACTS)
    sent = reports.submissions(bench.size, seed=6)
    decided = reports.approvals(bench.size, seed=7, shuffled=False)
    for _ in range(bench.rounds):
        for contender in seeded.rivals():
            stream = sent if contender.name == "validation" else decided
            await bench.stand.quiet()
            await broker.write(bench.stand.bootstrap, stream.records)
            for name, source in (("empty", PLAIN), ("million", full)):
                run = await race(bench.stand, contender, stream, source=source)
                bench.keep(f"growth.{name}.{contender.name}", run)
    for contender in seeded.rivals():
        kept = f"growth_at_million_{contender.name}"
        rates = (f"growth.{name}.{contender.name}.rate" for name in ("million", "empty"))
        bench.results.ratio(kept, *rates)
    bench.results.worst("growth_at_million", "growth_at_million_")
