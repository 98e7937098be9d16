"""What is measured, by name, in the order in which it is."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from tests.benchmarks.bench import Bench
from tests.benchmarks.scenarios import (
    aggregation,
    alone,
    bulk,
    growth,
    latency,
    puts,
    reads,
    recomputation,
    relay,
    restart,
)

SCENARIOS: Final[Mapping[str, Callable[[Bench], Awaitable[None]]]] = {
    "aggregation": aggregation.measure,
    "alone": alone.measure,
    "bulk": bulk.measure,
    "puts": puts.measure,
    "latency": latency.measure,
    "relay": relay.measure,
    "growth": growth.measure,
    "reads": reads.measure,
    "recomputation": recomputation.measure,
    "restart": restart.measure,
}
