"""The line as the drill sees it: the stack it runs, and questions that it asks over HTTP."""

import asyncio
import subprocess
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from deploy.demo.api import Api
from deploy.demo.people import People, Person
from deploy.drill import topics
from deploy.drill.archive import Archive
from deploy.local.child import inherited
from deploy.local.errors import StackError
from deploy.local.layout import SERVICE_PORTS, Layout
from deploy.local.progress import step
from deploy.local.services import Service
from deploy.local.stack import Stack

T = TypeVar("T")

SETTLE_SECONDS = 120.0
QUIET_TURNS = 3
LOOK_SECONDS = 0.5
CLIENTS = 8
OPERATOR = "drill-operator"


@dataclass(frozen=True, slots=True)
class Ran:
    """What one command of a service said, and with which code it ended."""

    code: int
    said: str


class Line:
    """One stack, its archive, and everybody who asks it."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.stack = Stack(layout, list(SERVICE_PORTS))
        issuer = self.stack.issuer
        self.people = People(issuer)
        self.operator = Person(OPERATOR, issuer.sign("operator", (), OPERATOR))
        self._archives: list[Archive] = []

    def start(self) -> None:
        """Start the stack, and its continuous backup."""
        self.stack.start()
        self.back_up()

    def stop(self) -> None:
        """Stop everything; without its archive PostgreSQL would wait with its last commits."""
        self.stack.stop()
        for archive in self._archives:
            archive.stop()

    @property
    def archive(self) -> Archive:
        """The backup of the server that runs now."""
        return self._archives[-1]

    def back_up(self) -> None:
        """Begin a backup: its log first, so that nothing is between it and the copy."""
        number = len(self._archives) + 1
        archive = Archive(self.stack.postgres, self.layout.data, f"archive-{number}")
        self._archives.append(archive)
        with step("log to the archive (pg_receivewal --synchronous)"):
            archive.start()
            archive.hold_commits()
        with step("copy of the database (pg_basebackup)", done="taken"):
            archive.copy()

    def service(self, name: str) -> Service:
        """One of the four."""
        return next(service for service in self.stack.services if service.name == name)

    def asks(self, questions: Callable[[Api], Awaitable[T]]) -> T:
        """What comes of questions to the services."""

        async def ask() -> T:
            async with Api(self.layout, CLIENTS) as api:
                return await questions(api)

        return asyncio.run(ask())

    def get(self, who: Person, where: str) -> Any:  # noqa: ANN401 - JSON
        """The body of one answer."""

        async def question(api: Api) -> Any:  # noqa: ANN401 - JSON
            return (await api.ask(who, "GET", where)).body

        return self.asks(question)

    def query(self, sql: str) -> list[list[str]]:
        """Rows of the database, as the administrator reads them."""
        said = self.stack.postgres.psql("-At", "-F", "\t", "-d", "wardline", "-c", sql)
        return [row.split("\t") for row in said.splitlines()]

    def told(self) -> topics.Told:
        """Everything that stands on the topics."""
        return topics.read(self.stack.kafka.bootstrap)

    def runs(self, name: str, verb: str, *arguments: str) -> Ran:
        """Let a service run a command of its own, with the owner's rights too."""
        service = self.service(name)
        settings = service.environment() | {"WARDLINE_OWNER_URL": service.owner_url}
        done = subprocess.run(
            [*service.python(verb), *arguments],
            env=inherited() | settings,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ran(done.returncode, done.stdout.strip() or done.stderr.strip())

    def settle(self) -> None:
        """Wait until everything that was told was heard everywhere.

        Raises:
            StackError: it takes too long.
        """
        deadline, quiet = time.monotonic() + SETTLE_SECONDS, 0
        while quiet < QUIET_TURNS:
            waiting = self.asks(self._waiting)
            quiet = 0 if waiting else quiet + 1
            if time.monotonic() > deadline:
                raise StackError(f"the line does not settle: {waiting} events wait")
            time.sleep(LOOK_SECONDS)

    async def _waiting(self, api: Api) -> int:
        waiting = 0
        for name in SERVICE_PORTS:
            where = f"{name}/v1/operations/flow"
            flow = (await api.ask(self.operator, "GET", where)).body
            waiting += flow["outbox_pending"] + flow["outbox_refused"] + flow["lag_messages"]
        return waiting
