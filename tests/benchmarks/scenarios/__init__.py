"""What is measured, by name, in the order in which it is."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from tests.benchmarks.bench import Bench
from tests.benchmarks.scenarios import aggregation, alone, bulk, puts

SCENARIOS: Final[Mapping[str, Callable[[Bench], Awaitable[None]]]] = {
    "aggregation": aggregation.measure,
    "alone": alone.measure,
    "bulk": bulk.measure,
    "puts": puts.measure,
}
