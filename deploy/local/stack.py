"""The whole stack: what it consists of, the order it starts in, and its end."""

import signal
from collections.abc import Sequence

from deploy.local import kafka_jars, roles, topics
from deploy.local.issuer import Issuer
from deploy.local.kafka import Kafka
from deploy.local.layout import Layout
from deploy.local.migrations import Migrations
from deploy.local.ports import require_free
from deploy.local.postgres import Postgres
from deploy.local.progress import step
from deploy.local.server import Server
from deploy.local.services import MailCatcher, Service

DRAIN_SECONDS = 20.0


class Stack:
    """PostgreSQL, Kafka, the mail catcher and the services named, in one data directory."""

    def __init__(self, layout: Layout, names: Sequence[str], *, durable: bool = True) -> None:
        self.layout = layout
        self.issuer = Issuer(layout.data)
        self.postgres = Postgres(layout.data, durable=durable)
        self.kafka = Kafka(layout.data, layout.kafka_port, durable=durable)
        self.mail = MailCatcher(layout)
        self.services = [Service(name, layout, self.postgres, self.issuer) for name in names]
        self.is_fresh = not self.postgres.directory.exists()

    @property
    def servers(self) -> list[Server]:
        """Everything that runs, in the order it starts."""
        return [self.postgres, self.kafka, self.mail, *self.services]

    def start(self) -> None:
        """Start everything and wait until it is ready; raises StackError when a part fails."""
        self._require_ports()
        with step("Kafka's jars (44 MB, downloaded once)", done="checked"):
            kafka_jars.class_path()
        self.kafka.launch()  # takes longest, and needs nobody meanwhile
        with step(self.postgres.title):
            self.postgres.start()
        with step("roles and tables", done="done"):
            roles.apply(self.postgres)
            Migrations(self.services, self.layout.data).apply(is_fresh=self.is_fresh)
        with step(self.kafka.title):
            self.kafka.await_ready()
            topics.apply(self.kafka.bootstrap)
        self._start_programs()

    def stop(self) -> None:
        """Stop everything in order: first who uses, then what is used."""
        for service in self.services:
            service.process.send(signal.SIGTERM)  # they drain side by side
        for service in self.services:
            service.process.wait(DRAIN_SECONDS)  # a second signal would cut the draining short
        for server in (self.mail, self.kafka, self.postgres):
            server.stop()

    def _start_programs(self) -> None:
        for server in (self.mail, *self.services):
            server.launch()
        for server in (self.mail, *self.services):
            with step(server.title):
                server.await_ready()

    def _require_ports(self) -> None:
        wanted = {
            self.layout.kafka_port: self.kafka.title,
            self.layout.kafka_port + 1: self.kafka.title,
            self.layout.smtp_port: self.mail.title,
            self.layout.mail_port: self.mail.title,
        }
        wanted |= {
            self.layout.service_port(service.name): service.name for service in self.services
        }
        for port, purpose in wanted.items():
            require_free(port, purpose)
