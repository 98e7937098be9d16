"""The stack's second start: servers and four services, on data that is there."""

from tests.benchmarks import line
from tests.benchmarks.bench import Bench
from tests.benchmarks.served import stopwatch
from tests.benchmarks.stand import PLAIN


async def measure(bench: Bench) -> None:
    """Stop everything, start everything, until all four are ready."""
    stand = bench.stand
    for _ in range(bench.rounds):
        stand.kafka.stop()
        stand.postgres.stop()
        began = stopwatch()
        stand.kafka.launch()
        stand.postgres.start()
        stand.kafka.await_ready()
        async with line.running(stand, database=PLAIN) as running:
            bench.results.add("second_start", stopwatch() - began, "s")
            for process, memory in running.meter.memory().items():
                bench.results.add(f"memory_at_rest.{process}", memory, "MB")
        bench.say(f"second start: {bench.results.figures['second_start'].values[-1]:.1f} s")
