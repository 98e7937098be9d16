"""A background loop's sign of life."""

from time import monotonic


class Pulse:
    """When a loop last made a turn; waiting out a failure makes turns too."""

    def __init__(self, name: str) -> None:
        """``name`` is what health and metrics call the loop."""
        self.name = name
        self._last = monotonic()

    def beat(self) -> None:
        """Record that a turn was made."""
        self._last = monotonic()

    @property
    def age(self) -> float:
        """Seconds since the last turn."""
        return monotonic() - self._last
