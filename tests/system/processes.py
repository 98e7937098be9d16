"""The four services as processes of their own, as on any machine, and what they stand on."""

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.issuer import Issuer
from deploy.local.layout import SERVICE_PORTS, Layout
from deploy.local.ports import listens
from deploy.local.postgres import Postgres
from deploy.local.server import Server
from deploy.local.services import MailCatcher, Service
from tests.stack import SERVICES, Stack

DRAIN_SECONDS = 20.0


class Replica(Service):
    """A service on the tests' stack instead of one in its own data directory."""

    def __init__(self, name: str, layout: Layout, issuer: Issuer, database: str, bus: str) -> None:
        """``database`` is an SQLAlchemy address, ``bus`` a host and port."""
        super().__init__(name, layout, Postgres(layout.data), issuer)
        self._stands_on = {"WARDLINE_DATABASE_URL": database, "WARDLINE_KAFKA_BOOTSTRAP": bus}

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

    def psql(self, query: str) -> list[list[str]]:
        """The rows of a query that an administrator makes, as text."""
        printed = self.stack.psql("-c", query, database=self.database)
        return [line.split("|") for line in printed.splitlines()]


def free_layout(data: Path) -> Layout:
    """A layout whose ports nobody uses, below those of outgoing connections."""
    while True:
        layout = Layout(data, random.randrange(2_000, 13_000, 10))
        ports = [layout.smtp_port, layout.mail_port]
        ports += [layout.service_port(name) for name in SERVICE_PORTS]
        if not any(map(listens, ports)):
            return layout
