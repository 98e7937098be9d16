"""How much was handled in the last minute, for those who have no Prometheus at hand."""

import asyncio
from collections import deque
from time import monotonic
from typing import Final

from prometheus_client import Counter

from chassis.pulse import Pulse

LOOK_SECONDS: Final = 2.0
WINDOW_SECONDS: Final = 60.0


class Rate:
    """Looks at a counter now and then, and says by how much it grew in the last minute."""

    def __init__(self, counter: Counter) -> None:
        """All label values of the counter together."""
        self.pulse = Pulse("rate")
        self._counter = counter
        self._seen: deque[tuple[float, float]] = deque([(monotonic(), self._total())])

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            self.pulse.beat()
            self._look()
            await asyncio.sleep(LOOK_SECONDS)

    def last_minute(self) -> int:
        """By how much it grew."""
        self._look()
        return int(self._seen[-1][1] - self._seen[0][1])

    def _look(self) -> None:
        now = monotonic()
        self._seen.append((now, self._total()))
        while self._seen[0][0] < now - WINDOW_SECONDS:
            self._seen.popleft()

    def _total(self) -> float:
        samples = (sample for metric in self._counter.collect() for sample in metric.samples)
        return sum(sample.value for sample in samples if sample.name.endswith("_total"))
