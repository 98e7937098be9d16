"""What is measured, by name, in the order in which it is."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from tests.benchmarks.bench import Bench
from tests.benchmarks.scenarios import aggregation, alone

SCENARIOS: Final[Mapping[str, Callable[[Bench], Awaitable[None]]]] = {
    "aggregation": aggregation.measure,
    "alone": alone.measure,
}
