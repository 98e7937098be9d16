"""How long things took, as a person who waits for them sees it."""

import math
from collections import defaultdict

PUT_ALONE = "PUT, alone on an idle line"
PUT_IN_A_CROWD = "PUT, among all the wards"
INBOX_ALONE = "sent → in the ward's inbox, alone"
INBOX_IN_A_CROWD = "sent → in the ward's inbox, among all"
FIGURE = "approved → readable in the figure"


class Stopwatch:
    """Seconds, gathered under names."""

    def __init__(self) -> None:
        self._spans: dict[str, list[float]] = defaultdict(list)

    def add(self, name: str, seconds: float) -> None:
        """Keep one measurement."""
        self._spans[name].append(seconds)

    def names(self) -> list[str]:
        """What was measured, in the order of first measurement."""
        return list(self._spans)

    def count(self, name: str) -> int:
        """How many measurements there are."""
        return len(self._spans[name])

    def percentile(self, name: str, share: float) -> float:
        """The least measurement that so large a share of them does not exceed."""
        ordered = sorted(self._spans[name])
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
