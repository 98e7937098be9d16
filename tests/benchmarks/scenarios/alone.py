"""Validation and notification, each alone on a waiting backlog, beside the naive way."""

from tests.benchmarks import broker, reports
from tests.benchmarks.bench import Bench
from tests.benchmarks.contenders import NAIVE, NOTIFICATION, VALIDATION


async def measure(bench: Bench) -> None:
    """The naive way and notification on what was decided, validation on what was sent."""
    sent = reports.submissions(bench.sizes.alone, seed=2)
    decided = reports.approvals(bench.sizes.alone, seed=3)
    await bench.stand.quiet()
    await broker.write(bench.stand.bootstrap, [*sent.records, *decided.records])
    for _ in range(bench.rounds):
        for contender, stream in ((NAIVE, decided), (VALIDATION, sent), (NOTIFICATION, decided)):
            for service in ("validation", "notification"):
                await bench.stand.caught_up(service)
            await bench.race(f"alone.{contender.name}", contender, stream)
    for service in ("validation", "notification"):
        bench.results.ratio(f"{service}_vs_naive", f"alone.{service}.rate", "alone.naive.rate")
