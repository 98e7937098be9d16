"""Faults of what the line stands on: PostgreSQL and Kafka end, freeze, and come back."""

import asyncio
import signal
from collections.abc import Sequence
from random import Random
from typing import Any, Final

import asyncpg
import psutil

from deploy.local.server import Server
from tests.chaos.cluster import SERVICES, Cluster
from tests.chaos.nemesis.fault import ON_KAFKA, ON_POSTGRES, Fault, Notes

SESSIONS: Final = """
    SELECT pid, usename, left(query, 60) AS query FROM pg_stat_activity
    WHERE usename = ANY($1::text[]) ORDER BY pid
"""


async def kafka_kill(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """Kafka is lost, and started again at once."""
    await lost(cluster, cluster.kafka, signal.SIGKILL, rng.uniform(0, 2), notes)


async def kafka_down(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """Kafka is away for a minute; what is sent meanwhile is kept."""
    await lost(cluster, cluster.kafka, signal.SIGKILL, rng.uniform(55, 65), notes)


async def postgres_restart(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """PostgreSQL ends as in a crash, and recovers."""
    await lost(cluster, cluster.postgres, signal.SIGQUIT, rng.uniform(0, 3), notes)


async def lost(
    cluster: Cluster, server: Server, sign: signal.Signals, away: float, notes: Notes
) -> None:
    """End a server by a signal and start it again after so many seconds."""
    notes.say(server.title, signal=sign.name, away=away)
    with cluster.away(server):
        server.process.send(sign)
        try:
            await cluster.aside(lambda: server.process.wait(20))
            await asyncio.sleep(away)
        finally:
            await cluster.aside(server.start)


async def backends_terminated(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """An administrator ends many sessions at once, whatever they are at."""
    backends = await sessions(cluster)
    some = rng.sample(backends, max(1, len(backends) * 2 // 3))
    notes.say("PostgreSQL", sessions=len(some))
    await asked(cluster, "SELECT pg_terminate_backend(unnest($1::int[]))", [b["pid"] for b in some])


async def backend_frozen(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """One session's process hangs, with its locks."""
    backends = await sessions(cluster)
    if not backends:
        raise LookupError("no service has a session")
    victim, seconds = rng.choice(backends), rng.uniform(3, 18)
    notes.say("PostgreSQL", who=victim["usename"], at=victim["query"], seconds=seconds)
    await frozen([victim["pid"]], seconds)


async def server_frozen(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """All of PostgreSQL hangs, as on a disk that does not answer."""
    seconds = rng.uniform(2, 14)
    notes.say("PostgreSQL", seconds=seconds)
    whole = psutil.Process(cluster.postgres.process.pid)
    await frozen([whole.pid, *(child.pid for child in whole.children(recursive=True))], seconds)


async def kafka_frozen(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """Kafka hangs."""
    seconds = rng.uniform(2, 20)
    notes.say("Kafka", seconds=seconds)
    await frozen([cluster.kafka.process.pid], seconds)


async def frozen(pids: Sequence[int], seconds: float) -> None:
    """Stop these processes for so long."""
    try:
        signalled(pids, signal.SIGSTOP)
        await asyncio.sleep(seconds)
    finally:
        signalled(pids, signal.SIGCONT)


def signalled(pids: Sequence[int], sign: signal.Signals) -> None:
    """Send a signal to those of our processes that still run."""
    for pid in pids:
        try:
            psutil.Process(pid).send_signal(sign)
        except psutil.NoSuchProcess:
            continue


async def sessions(cluster: Cluster) -> list[asyncpg.Record]:
    """The services' sessions."""
    return await asked(cluster, SESSIONS, list(SERVICES))


async def asked(cluster: Cluster, query: str, *values: Any) -> list[asyncpg.Record]:  # noqa: ANN401
    """What the administrator is answered."""
    connection = await asyncpg.connect(cluster.admin_dsn, timeout=10)
    try:
        return await connection.fetch(query, *values)
    finally:
        await connection.close()


FAULTS: Final = (
    Fault("kafka-kill", 3, kafka_kill, seconds=14, touches=ON_KAFKA),
    Fault("kafka-down", 1, kafka_down, long_only=True, seconds=80, touches=ON_KAFKA),
    Fault("kafka-frozen", 1, kafka_frozen, seconds=20, touches=ON_KAFKA),
    Fault("postgres-restart", 4, postgres_restart, seconds=6, touches=ON_POSTGRES),
    Fault("backends-terminated", 4, backends_terminated, seconds=1, touches=ON_POSTGRES),
    Fault("backend-frozen", 2, backend_frozen, seconds=18, touches=ON_POSTGRES),
    Fault("server-frozen", 2, server_frozen, seconds=14, touches=ON_POSTGRES),
)
