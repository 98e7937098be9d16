"""What is measured, by name, in the order in which it is."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from tests.benchmarks.bench import Bench
from tests.benchmarks.scenarios import (
    aggregation,
    alone,
    batches,
    bulk,
    city_months,
    growth,
    latency,
    puts,
    reads,
    recomputation,
    relay,
    restart,
    scaling,
    soak,
)

SCENARIOS: Final[Mapping[str, Callable[[Bench], Awaitable[None]]]] = {
    "bulk": bulk.measure,  # first: it also measures how much the topics grow
    "aggregation": aggregation.measure,
    "alone": alone.measure,
    "puts": puts.measure,
    "latency": latency.measure,
    "city_months": city_months.measure,
    "growth": growth.measure,
    "reads": reads.measure,
    "recomputation": recomputation.measure,
    "relay": relay.measure,
    "restart": restart.measure,
    "batches": batches.measure,
    "scaling": scaling.measure,  # last: it leaves topics with more partitions
    "soak": soak.measure,
}
APART: Final = frozenset({"soak"})
"""Only when asked for by name: it takes ten minutes, and needs no quiet machine."""
