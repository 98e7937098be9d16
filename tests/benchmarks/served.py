"""The programs under measurement: Wardline's services as they are shipped, and contenders."""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.local.child import leashed
from deploy.local.issuer import Issuer
from deploy.local.layout import Layout
from deploy.local.postgres import Postgres
from deploy.local.server import Server
from deploy.local.services import Service


class Shipped(Service):
    """A service exactly as the local stack starts it, on the database of one measurement."""

    def __init__(
        self, name: str, layout: Layout, postgres: Postgres, issuer: Issuer, *, replica: int = 0
    ) -> None:
        """Further replicas listen on ports a hundred apart."""
        spread = Layout(layout.data, layout.offset + 100 * replica)
        super().__init__(name, spread, postgres, issuer)
        self._bootstrap = f"127.0.0.1:{layout.kafka_port}"
        self.database = "wardline"

    def environment(self) -> dict[str, str]:
        """What the local stack sets, but for the database and how often somebody may ask."""
        return super().environment() | {
            "WARDLINE_DATABASE_URL": self._postgres.url(self.name, self.database),
            "WARDLINE_KAFKA_BOOTSTRAP": self._bootstrap,
            "WARDLINE_REQUESTS_PER_SECOND": "100000",  # one reader stands for a whole city's
        }


class Program(Server):
    """A contender: any command that works until it is stopped."""

    def __init__(
        self,
        name: str,
        data: Path,
        words: Sequence[str | Path],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """It is ready as soon as it runs: its work tells how far it is."""
        super().__init__(name, data)
        self.title = name
        self._words = words
        self._environment = dict(environment or {})

    def command(self) -> list[str]:
        """The command, on a leash: it does not outlive the benchmark."""
        return leashed(self._words)

    def environment(self) -> dict[str, str]:
        """Its own variables."""
        return self._environment

    def answers(self) -> bool:
        """Whether it runs."""
        return self.process.exit_code is None

    def ended_well(self, seconds: float) -> bool:
        """Wait for a program that ends by itself."""
        return self.process.wait(seconds) == os.EX_OK


def pause_between_looks(rate: float, left: int) -> float:
    """How long to look away: rarely in the middle, often towards the end."""
    return min(0.5, max(0.02, left / rate / 4 if rate else 0.1))


def stopwatch() -> float:
    """Seconds on a clock that only goes forward."""
    return time.perf_counter()
