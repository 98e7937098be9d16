"""Validation and notification, each alone on a waiting backlog, beside the naive way."""

from tests.benchmarks import broker, reports
from tests.benchmarks.bench import Bench
from tests.benchmarks.contenders import NAIVE, NOTIFICATION, VALIDATION
from tests.benchmarks.race import race


async def measure(bench: Bench) -> None:
    """The naive way, validation on what was sent, notification on what was decided."""
    sent = reports.submissions(bench.size, seed=2)
    decided = reports.approvals(bench.size, seed=3, shuffled=False)
    for _ in range(bench.rounds):
        for contender, stream in ((NAIVE, decided), (VALIDATION, sent), (NOTIFICATION, decided)):
            await bench.stand.quiet()
            await broker.write(bench.stand.bootstrap, stream.records)
            bench.keep(f"alone.{contender.name}", await race(bench.stand, contender, stream))
    for service in ("validation", "notification"):
        bench.results.ratio(f"{service}_vs_naive", f"alone.{service}.rate", "alone.naive.rate")
