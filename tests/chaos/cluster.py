"""The real line of a run: PostgreSQL and Kafka behind proxies, two processes of each service."""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, Final, TypeVar

import asyncpg
import httpx

from deploy.local import roles, topics
from deploy.local.issuer import AUDIENCE, ISSUER, Issuer
from deploy.local.layout import SMTP_PORT, Layout
from deploy.local.migrations import Migrations
from deploy.local.ports import HOST
from deploy.local.postgres import ADMIN, Postgres
from deploy.local.server import Server
from deploy.local.services import MailCatcher, Service
from tests.chaos import applied
from tests.chaos.journal import Journal
from tests.chaos.proxy import Mode, Proxy
from tests.chaos.replica import SERVED, Replica
from tests.chaos.servers import HIGHEST, LOWEST, PORTS, ProxiedKafka, free_block

SERVICES: Final = ("submission", "validation", "aggregation", "notification")
PROCESSES: Final = 2
MOST_PROCESSES: Final = 4
START_SECONDS: Final = 150.0
KAFKA, POSTGRES_PROXY, KAFKA_PROXY, MAIL, FIRST_REPLICA = 0, 3, 4, 5, 8
"""Where in the block of ports: Kafka takes three, mail two."""

T = TypeVar("T")


class Cluster:
    """All that runs; an async context manager around the time that it does."""

    def __init__(
        self, data: Path, *, module: str = SERVED, environment: Mapping[str, str] | None = None
    ) -> None:
        """``data`` is the run's own directory; ``module`` is what the processes run, with this."""
        self.data = data.resolve()
        self.journal = Journal(self.data)
        self.issuer = Issuer(self.data)
        self.module, self.environment = module, dict(environment or {})
        width = (HIGHEST - LOWEST) // PORTS
        self._base = free_block(LOWEST + (os.getpid() % width) * PORTS)
        self.postgres = Postgres(self.data)
        self.kafka = ProxiedKafka(self.data, self._base + KAFKA, self._base + KAFKA_PROXY)
        self.mail = MailCatcher(Layout(self.data, self._base + MAIL - SMTP_PORT))
        socket = f"{self.postgres.socket_directory}/.s.PGSQL.5432"
        self.proxies = {
            "postgres": Proxy("postgres", self._base + POSTGRES_PROXY, socket),
            "kafka": Proxy("kafka", self._base + KAFKA_PROXY, (HOST, self.kafka.port)),
        }
        self.replicas: dict[str, list[Replica]] = {name: [] for name in SERVICES}
        self.turn = 0
        """Whose turn it is, for a fault that takes the services one after another."""
        self.unmended: set[str] = set()
        """Services with dead letters of good events, which an operator has still to replay."""
        self._keepers = ThreadPoolExecutor(6, "keeper")  # a server dies with its thread
        self._asides: set[asyncio.Future[Any]] = set()
        self._away: set[str] = set()

    @property
    def admin_dsn(self) -> str:
        """The line's database as its administrator, past the proxy, as asyncpg takes it."""
        return f"postgresql://{ADMIN}@/wardline?host={self.postgres.socket_directory}"

    @property
    def kafka_direct(self) -> str:
        """Kafka past the proxy."""
        return self.kafka.direct

    def all_replicas(self) -> list[Replica]:
        """Every process of every service."""
        return [replica for replicas in self.replicas.values() for replica in replicas]

    def url(self, service: str, rng: Random) -> str:
        """One of the service's processes, as a load balancer would choose that checks health."""
        replicas = self.replicas[service]
        up = [replica for replica in replicas if replica.running] or replicas
        return rng.choice(up).url

    async def aside(self, work: Callable[[], T]) -> T:
        """Do something that blocks, in a thread that lives as long as the run.

        Who is cancelled does not wait for it any more; it goes on, and `stop` does wait.
        """
        doing = asyncio.get_running_loop().run_in_executor(self._keepers, work)
        self._asides.add(doing)
        doing.add_done_callback(self._asides.discard)
        return await asyncio.shield(doing)

    @contextmanager
    def away(self, server: Server) -> Iterator[None]:
        """Within the block the server may end; whoever ends it starts it again."""
        self._away.add(server.name)
        try:
            yield
        finally:
            self._away.discard(server.name)

    async def start(self) -> None:
        """Start everything and wait until the whole line is ready."""
        await asyncio.gather(self._start_postgres(), self._start_kafka())
        await self.aside(self.mail.start)
        for proxy in self.proxies.values():
            await proxy.start()
        for service in SERVICES:
            for _ in range(PROCESSES):
                self.add(service).start()
        await self.ready(START_SECONDS)

    async def _start_postgres(self) -> None:
        await self.aside(self.postgres.start)
        await self.aside(lambda: roles.apply(self.postgres))
        await self.aside(self._migrate)
        connection = await asyncpg.connect(self.admin_dsn)
        await connection.execute(applied.SCHEMA)
        await connection.close()

    async def _start_kafka(self) -> None:
        await self.aside(self.kafka.start)
        await self.aside(lambda: topics.apply(self.kafka_direct))

    def _migrate(self) -> None:
        layout = Layout(self.data)
        services = [Service(name, layout, self.postgres, self.issuer) for name in SERVICES]
        Migrations(services, self.data).apply(is_fresh=True)

    def add(self, service: str) -> Replica:
        """One more process of a service, not started yet."""
        number = len(self.replicas[service]) + 1
        if number > MOST_PROCESSES:
            raise ValueError(f"at most {MOST_PROCESSES} processes of {service}")
        port = self._base + FIRST_REPLICA + MOST_PROCESSES * SERVICES.index(service) + number - 1
        replica = Replica(service, number, port, self.data)
        replica.module = self.module
        replica.settings = self._settings(service, port)
        replica.environment = dict(self.environment)
        self.replicas[service].append(replica)
        return replica

    def _settings(self, service: str, port: int) -> dict[str, str]:
        database = f"{service}@{HOST}:{self.proxies['postgres'].port}/wardline"
        settings = {
            "DATABASE_URL": f"postgresql+asyncpg://{database}",
            "KAFKA_BOOTSTRAP": f"{HOST}:{self.proxies['kafka'].port}",
            "JWT_ISSUER": ISSUER,
            "JWT_AUDIENCE": AUDIENCE,
            "JWKS": str(self.issuer.jwks),
            "PUBLIC_URL": f"http://{HOST}:{port}",
            "HOST": HOST,
            "PORT": str(port),
            "LOG_FORMAT": "json",
        }
        if service == "notification":
            settings |= {"SMTP_HOST": HOST, "SMTP_PORT": str(self._base + MAIL)}
        return {f"WARDLINE_{name}": value for name, value in settings.items()}

    def died_unasked(self) -> Iterator[tuple[Replica, int]]:
        """Processes that ended although nobody wanted it, with their exit codes."""
        for replica in self.all_replicas():
            code = replica.process.exit_code
            if replica.wanted and code is not None:
                yield replica, code

    async def look_after(self) -> None:
        """For ever: start again what died unasked, as an orchestrator does, and note it."""
        while True:
            for replica, code in self.died_unasked():
                words = replica.process.last_words()
                self.journal.write("findings", what="died", who=replica.name, code=code, why=words)
                replica.start()
            for server in (self.postgres, self.kafka):
                await self._look_after(server)
            await asyncio.sleep(0.5)

    async def _look_after(self, server: Server) -> None:
        code = server.process.exit_code
        if code is not None and server.name not in self._away:
            words = server.process.last_words()
            self.journal.write("findings", what="died", who=server.title, code=code, why=words)
            await self.aside(server.start)

    async def troubles(self) -> list[str]:
        """Why some process is not all at work."""
        async with httpx.AsyncClient(trust_env=False) as http:
            wanted = [replica for replica in self.all_replicas() if replica.wanted]
            said = await asyncio.gather(*(replica.ready(http) for replica in wanted))
        return [what for one in said for what in one]

    async def ready(self, patience: float) -> None:
        """Wait until every process is all at work; raises TimeoutError saying what is missing."""
        deadline = monotonic() + patience
        while found := await self.troubles():
            if monotonic() > deadline:
                raise TimeoutError("; ".join(found))
            await asyncio.sleep(0.2)

    async def heal(self) -> None:
        """Take away whatever a fault may have left: everything runs and the network is good."""
        for proxy in self.proxies.values():
            if proxy.mode is not Mode.PASS:
                proxy.set(Mode.PASS)
        for server in (self.postgres, self.kafka):
            if server.process.exit_code is not None:
                await self.aside(server.start)
        for replica in self.all_replicas():
            if replica.paused:
                replica.resume()
            if not replica.wanted and replica.number <= PROCESSES:
                await replica.ended()
                replica.start()

    async def stop(self) -> None:
        """End everything, wherever its start has come to; in order where it still can."""
        if self._asides:
            await asyncio.wait(self._asides)
        for replica in self.all_replicas():
            if replica.paused:
                replica.resume()
            replica.terminate()
        await asyncio.gather(*(replica.ended() for replica in self.all_replicas()))
        for server in (self.mail, self.kafka, self.postgres):
            await self.aside(server.stop)
        for proxy in self.proxies.values():
            await proxy.stop()
        self.journal.close()
        self._keepers.shutdown()
