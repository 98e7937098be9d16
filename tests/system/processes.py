"""The four services as processes of their own, as on any machine, and what they stand on."""

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.issuer import Issuer
from deploy.local.layout import SERVICE_PORTS, Layout
from deploy.local.ports import listens
from deploy.local.postgres import Postgres
from deploy.local.server import Server
from deploy.local.services import MailCatcher, Service
from tests.stack import SERVICES, Stack

DRAIN_SECONDS = 20.0
FAULTS = ("request_failed", "loop_failed")
"""What a service logs when something happened that it had no answer to."""

Place = tuple[str, int, int]
"""Topic, partition and offset of a record."""


class Replica(Service):
    """A service on the tests' stack instead of one in its own data directory."""

    def __init__(self, name: str, layout: Layout, issuer: Issuer, database: str, bus: str) -> None:
        """``database`` is an SQLAlchemy address, ``bus`` a host and port."""
        super().__init__(name, layout, Postgres(layout.data), issuer)
        self._stands_on = {
            "WARDLINE_DATABASE_URL": database,
            "WARDLINE_KAFKA_BOOTSTRAP": bus,
            # Tests show every bad token at every door, all from one address.
            "WARDLINE_REFUSED_TOKENS_PER_SECOND": "0",
        }

    def environment(self) -> dict[str, str]:
        return super().environment() | self._stands_on


@dataclass
class Processes:
    """All that runs of one line; its database is the line's alone."""

    stack: Stack
    issuer: Issuer
    layout: Layout
    database: str
    services: dict[str, Replica]
    hostile: set[Place] = field(default_factory=set)
    """Where tests wrote records that are rightly set aside."""

    @classmethod
    def of(cls, stack: Stack, issuer: Issuer, data: Path) -> "Processes":
        """A line that is not started yet, on a new database."""
        layout, database = free_layout(data), stack.clone(*SERVICES)
        services = {
            name: Replica(name, layout, issuer, stack.url(name, database), stack.bootstrap)
            for name in SERVICES
        }
        return cls(stack, issuer, layout, database, services)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Everything runs and is ready for the length of the block."""
        servers: list[Server] = [MailCatcher(self.layout), *self.services.values()]
        try:
            for server in servers:
                server.launch()
            for server in servers:
                server.await_ready()
            yield
        finally:
            for server in servers:
                server.process.send(signal.SIGTERM)  # they drain side by side
            for server in servers:
                server.process.wait(DRAIN_SECONDS)

    def dead_letters(self, service: str) -> dict[Place, str]:
        """What a service has set aside, and why."""
        query = f"SELECT topic, partition, record_offset, cause FROM {service}.dead_letter"
        rows = self.stack.psql("-c", query, database=self.database).splitlines()
        found = [row.split("|") for row in rows]
        return {(topic, int(part), int(offset)): cause for topic, part, offset, cause in found}

    def unexpected(self) -> list[str]:
        """What went wrong while nobody looked: good records set aside, and faults of our own."""
        letters = [
            f"{service}: {place} {cause}"
            for service in self.services
            for place, cause in self.dead_letters(service).items()
            if place not in self.hostile
        ]
        logs = [service.process.log for service in self.services.values()]
        lines = [line for log in logs for line in log.read_text().splitlines()]
        return letters + [line for line in lines if any(f'"{fault}"' in line for fault in FAULTS)]


def free_layout(data: Path) -> Layout:
    """A layout whose ports nobody uses, below those of outgoing connections."""
    while True:
        layout = Layout(data, random.randrange(2_000, 13_000, 10))
        ports = [layout.smtp_port, layout.mail_port]
        ports += [layout.service_port(name) for name in SERVICE_PORTS]
        if not any(map(listens, ports)):
            return layout
