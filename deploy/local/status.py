"""What runs on a data directory, what memory it holds, and whether it is ready."""

from collections.abc import Iterator

import psutil

from deploy.local import lock
from deploy.local.issuer import Issuer
from deploy.local.kafka import Kafka
from deploy.local.layout import SERVICE_PORTS, Layout
from deploy.local.postgres import Postgres
from deploy.local.progress import say
from deploy.local.server import Server
from deploy.local.services import MailCatcher, Service

MEGABYTE = 1_000_000


def show(layout: Layout) -> int:
    """Print a line for each program; 0 when a stack runs and all of it is ready."""
    if lock.holder(layout.run) is None:
        say(f"nothing runs on {layout.data}")
        return 1
    total, all_ready = 0.0, True
    for server in expected(layout):
        pid = server.process.noted_pid()
        memory = held_memory(pid) if pid else 0.0
        ready = server.answers()
        total, all_ready = total + memory, all_ready and ready
        word = "ready" if ready else "not ready"
        say(f"  {server.title:<16}{pid or '-':>8}{memory:>8.0f} MB  {word}")
    say(f"  {'together':<24}{total:>8.0f} MB")
    return 0 if all_ready else 1


def expected(layout: Layout) -> Iterator[Server]:
    """The programs of the stack, and of the services those that were started."""
    postgres, issuer = Postgres(layout.data), Issuer(layout.data)
    yield postgres
    yield Kafka(layout.data, layout.kafka_port)
    yield MailCatcher(layout)
    for name in SERVICE_PORTS:
        service = Service(name, layout, postgres, issuer)
        if service.process.noted_pid():
            yield service


def held_memory(pid: int) -> float:
    """Megabytes of a process and its descendants; each shared page once, where that is known."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        told = [one.memory_full_info() for one in family]
        return sum(getattr(one, "pss", one.rss) for one in told) / MEGABYTE
    except psutil.NoSuchProcess:
        return 0.0
