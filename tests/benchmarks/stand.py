"""The benchmark's own stack: real PostgreSQL and Kafka, durable, as the local stack starts them."""

import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Self

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient
from sqlalchemy import make_url

from chassis.database import Database
from deploy.kafka import topics
from deploy.local import roles
from deploy.local.issuer import Issuer
from deploy.local.kafka import Kafka
from deploy.local.layout import SERVICE_PORTS, Layout
from deploy.local.migrations import Migrations
from deploy.local.postgres import Postgres
from tests.benchmarks import broker, city
from tests.benchmarks.served import Shipped
from tests.benchmarks.waiting import until

SERVICES = tuple(SERVICE_PORTS)
PLAIN = "wardline"
"""The database that every measurement's is a copy of: migrated, and the catalogue known."""
REPORT_TOPICS = ("submission.reports", "validation.reports", "aggregation.figures")
SETTLE_SECONDS = 120.0


class Stand:
    """Servers that stay up for the whole run, and databases made anew for each measurement."""

    def __init__(self, data: Path, offset: int, partitions: int) -> None:
        """``data`` is removed at the start; ports lie ``offset`` above the local stack's."""
        shutil.rmtree(data, ignore_errors=True)
        self.layout = Layout(data, offset)
        self.issuer = Issuer(data)
        self.postgres = Postgres(data)
        self.kafka = Kafka(data, self.layout.kafka_port)
        self.partitions = partitions
        self._serial = 0

    async def __aenter__(self) -> Self:
        """Start the servers and teach a line the benchmark's catalogue."""
        self.postgres.start()
        self.kafka.start()
        roles.apply(self.postgres)
        services = [self.service(name) for name in SERVICES]
        Migrations(services, self.layout.data).apply(is_fresh=True)
        await self._topics()
        await self._teach()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop them and remove what they kept."""
        self.kafka.stop()
        self.postgres.stop()
        shutil.rmtree(self.layout.data, ignore_errors=True)

    @property
    def bootstrap(self) -> str:
        """Where Kafka is."""
        return self.kafka.bootstrap

    def dsn(self, database: str, role: str = "postgres") -> str:
        """The address of a database for asyncpg and libpq."""
        url = make_url(self.postgres.url(role, database)).set(drivername="postgresql")
        return url.render_as_string(hide_password=False)

    def service(self, name: str, database: str = PLAIN, replica: int = 0) -> Shipped:
        """A service as shipped, not started, on this database."""
        served = Shipped(name, self.layout, self.postgres, self.issuer, replica=replica)
        served.database = database
        return served

    async def fresh(self, source: str = PLAIN) -> str:
        """A new copy of a database; its name."""
        self._serial += 1
        name = f"run_{self._serial}"
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {source}")
        return name

    async def drop(self, database: str) -> None:
        """Remove a database."""
        await self.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    async def execute(self, statement: str, database: str = "postgres") -> None:
        """Run a statement as the administrator."""
        connection = await self.connect(database)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def connect(self, database: str) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection of the administrator; the caller closes it."""
        return await asyncpg.connect(self.dsn(database))

    async def quiet(self) -> None:
        """Nothing waits: topics of reports are empty, and every service has heard it all."""
        await broker.empty(self.bootstrap, *REPORT_TOPICS)
        for name in SERVICES:
            await self.caught_up(name)
        await self.execute("CHECKPOINT")

    async def caught_up(self, service: str) -> None:
        """A service has nothing to hear: what waits now is not for it."""
        await broker.rewind(self.bootstrap, service, *REPORT_TOPICS, to_end=True)

    def servers(self) -> dict[str, int]:
        """Process ids of PostgreSQL and Kafka, for the meter."""
        return {"postgres": self.postgres.process.pid, "kafka": self.kafka.process.pid}

    async def _topics(self) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        wanted = [replace(t, partitions=self.partitions) for t in topics.declared("local")]
        try:
            await topics.create(admin, wanted)
            await topics.compare_partitions(admin, wanted)
        finally:
            await admin.close()

    async def _teach(self) -> None:
        database = Database(self.postgres.url("submission"), "submission")
        entries = await city.publish(database)
        await database.close()
        services = [self.service(name) for name in SERVICES]
        start(services)
        connection = await self.connect(PLAIN)
        await until(lambda: knows(connection, entries), SETTLE_SECONDS)
        await connection.close()
        stop(services)
        await self.execute("VACUUM ANALYZE", PLAIN)


async def knows(connection: "asyncpg.Connection[asyncpg.Record]", entries: int) -> bool:
    """Whether every service knows the whole catalogue."""
    tables = [(f"{service}.ward", f"{service}.template") for service in SERVICES]
    counts = [
        await connection.fetchval(
            f"SELECT (SELECT count(*) FROM {wards}) + (SELECT count(*) FROM {templates})"
        )
        for wards, templates in tables
    ]
    return bool(min(counts) >= entries)


def start(services: Iterable[Shipped]) -> None:
    """Start services side by side and wait until each is ready."""
    started = list(services)
    for service in started:
        service.launch()
    for service in started:
        service.await_ready()


def stop(services: Iterable[Shipped]) -> None:
    """Stop services side by side."""
    stopping = list(services)
    for service in stopping:
        service.process.send(service.stop_signal)
    for service in stopping:
        service.process.wait(20.0)
