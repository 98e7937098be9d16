"""When to stop trying, and for how long."""

from collections import deque
from random import uniform
from typing import Final


class Backoff:
    """Waits that double from 0.1 s to the longest, with jitter; a success starts them anew."""

    def __init__(self, longest: float = 5.0) -> None:
        """``longest`` is in seconds: so late is it noticed at most that an outage is over."""
        self._longest = longest
        self._failures = 0

    def next(self) -> float:
        """Seconds to wait now."""
        wait = min(self._longest, 0.1 * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return uniform(wait / 2, wait)  # noqa: S311 - jitter is no secret

    def reset(self) -> None:
        """Start again with short waits."""
        self._failures = 0


class Breaker:
    """Remembers how a handler's last 1,000 records ended."""

    WINDOW: Final = 1_000
    LEAST: Final = 20
    SHARE: Final = 0.2

    def __init__(self) -> None:
        self._failed: deque[bool] = deque(maxlen=self.WINDOW)

    def trips(self, records: int, failed: int) -> bool:
        """Whether a batch in which ``failed`` of ``records`` failed so far is too much."""
        kept = min(len(self._failed), max(0, self.WINDOW - records))
        before = list(self._failed)[len(self._failed) - kept :]
        failures = failed + sum(before)
        return failures >= self.LEAST and failures > self.SHARE * (kept + records)

    def note(self, records: int, failed: int) -> None:
        """Remember a batch that was committed."""
        self._failed.extend([True] * failed + [False] * (records - failed))


class Unbroken(Breaker):
    """Never trips: for records that are dead letters already, with an operator looking on."""

    def trips(self, records: int, failed: int) -> bool:  # noqa: ARG002 - a breaker's
        """Never."""
        return False
