"""What a fault is, and where it writes down what it did."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from tests.chaos.cluster import Cluster
from tests.chaos.journal import Journal, now

ON_PROCESSES: Final = frozenset({"processes"})
ON_HTTP: Final = frozenset({"http"})
ON_TOPICS: Final = frozenset({"topics"})
ON_POSTGRES: Final = frozenset({"postgres"})
ON_KAFKA: Final = frozenset({"kafka", "topics"})
"""Whoever writes to topics past the services needs Kafka itself."""


@dataclass
class Notes:
    """What one fault of a run did: to whom, when, and details that explain findings."""

    journal: Journal
    kind: str
    target: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    began: str = field(default_factory=now)

    def say(self, target: str | Iterable[str] = "", **detail: Any) -> None:  # noqa: ANN401
        """Add to what is known of it."""
        names = target if isinstance(target, str) else " ".join(target)
        self.target = " ".join(filter(None, (self.target, names)))
        self.detail |= detail

    def close(self, trouble: str = "") -> None:
        """It is over; ``trouble`` is why it could not be done as meant."""
        self.journal.write(
            "faults",
            kind=self.kind,
            target=self.target,
            began=self.began,
            ended=now(),
            detail=self.detail,
            trouble=trouble,
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault. ``run`` does it and takes it away again, also when it is cancelled.

    ``seconds`` is about how long that takes. Faults that touch the same thing never overlap.
    """

    kind: str
    weight: int
    run: Callable[[Cluster, Random, Notes], Awaitable[None]]
    long_only: bool = False
    seconds: float = 5.0
    touches: frozenset[str] = ON_PROCESSES

    def meets(self, other: "Fault") -> bool:
        """Whether both touch something."""
        return not self.touches.isdisjoint(other.touches)
