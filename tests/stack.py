"""A real PostgreSQL and a real Kafka for the tests, and databases made in a moment.

``WARDLINE_TEST_STACK`` says where they run: ``embedded`` (the default, by pip alone),
``containers``, or ``external`` with ``WARDLINE_TEST_POSTGRES`` (an administrator's SQLAlchemy
address) and ``WARDLINE_TEST_KAFKA`` (host:port).
"""

import asyncio
import json
import os
import subprocess
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import URL, make_url

from chassis import migrate
from deploy.kafka import topics
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.postgres_programs import program
from tests import containers

ROOT = Path(__file__).parents[1]
SERVICES = ("submission", "validation", "aggregation", "notification")


@dataclass
class Stack:
    """Where PostgreSQL and Kafka are. Kafka is started when a test first asks for it.

    ``postgres`` and ``kafka`` are the servers themselves where they are embedded: a test may stop
    them, if it starts them again.
    """

    admin_url: str
    _kafka: Callable[[], str]
    postgres: Postgres | None = None
    kafka: Kafka | None = None
    _templates: dict[str, str] = field(default_factory=dict)
    _serial: Iterator[int] = field(default_factory=count)

    @cached_property
    def bootstrap(self) -> str:
        """Where Kafka is, with the line's topics."""
        bootstrap = self._kafka()
        aside(lambda: topics.apply(bootstrap, "local"))
        return bootstrap

    def url(self, role: str, database: str) -> str:
        """SQLAlchemy address of a role in a database."""
        url = make_url(self.admin_url).set(username=role, database=database)
        return url.render_as_string(hide_password=False)

    def clone(self, *services: str) -> str:
        """A new database with the schemas of these services, migrated; its name."""
        return self.copy("_".join(services) or "empty", partial(self._migrate, services))

    def copy(self, title: str, prepare: Callable[[str], None]) -> str:
        """A new database like the one that ``prepare`` once made out of empty schemas; its name."""
        if title not in self._templates:
            self._templates[title] = template = f"template_{os.getpid()}_{title}"
            roles = ROOT / "deploy" / "postgres" / "roles.sql"
            self.psql("-f", str(roles), variables={"database": template})
            prepare(template)
        name = f"test_{os.getpid()}_{next(self._serial)}"
        self.psql("-c", f"CREATE DATABASE {name} TEMPLATE {self._templates[title]}")
        return name

    def drop(self, database: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self.psql("-c", f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def psql(
        self,
        *arguments: str,
        database: str = "postgres",
        variables: Mapping[str, str] | None = None,
    ) -> str:
        """Run psql as the administrator; what it printed."""
        url = make_url(self.admin_url).set(database=database)
        settings = [f"--set={name}={value}" for name, value in (variables or {}).items()]
        command = [program("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", *settings, "-d", plain(url)]
        everyone = {f"{role}{kind}": url.password for role in SERVICES for kind in ("", "_owner")}
        passwords = {"WARDLINE_DATABASE_PASSWORDS": json.dumps(everyone)} if url.password else {}
        return subprocess.run(
            [*command, *arguments],
            check=True,
            capture_output=True,
            text=True,
            env=os.environ | passwords,
        ).stdout

    def _migrate(self, services: Iterable[str], database: str) -> None:
        for service in services:
            migrations = ROOT / "services" / service / "migrations"
            owner_url = self.url(f"{service}_owner", database)
            aside(partial(migrate.upgrade, owner_url, service, migrations))


@contextmanager
def started(data: Path) -> Iterator[Stack]:
    """The stack that the environment asks for, for the length of the block."""
    kind = os.environ.get("WARDLINE_TEST_STACK", "embedded")
    with ExitStack() as running:
        if kind == "containers":
            postgres = running.enter_context(containers.postgres())
            yield Stack(postgres, lambda: running.enter_context(containers.kafka()))
        elif kind == "external":
            postgres = os.environ["WARDLINE_TEST_POSTGRES"]
            yield Stack(postgres, lambda: os.environ["WARDLINE_TEST_KAFKA"])
        else:
            yield running.enter_context(embedded(data))


@contextmanager
def embedded(data: Path) -> Iterator[Stack]:
    """A stack by pip alone, for the length of the block."""
    with ExitStack() as running:
        postgres = running.enter_context(Postgres(data, durable=False))
        kafka = Kafka(data, 0, durable=False)
        yield Stack(
            postgres.admin_url,
            lambda: running.enter_context(kafka).bootstrap,
            postgres,
            kafka,
        )


def plain(url: URL) -> str:
    """The address as PostgreSQL's own programs take it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def aside(work: Callable[[], Coroutine[Any, Any, object]]) -> None:
    """Run async work to its end, even from within a running event loop."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(work())).result()
