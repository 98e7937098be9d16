"""A service's own commands as processes beside its running replicas, and what its tables hold."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
from sqlalchemy import make_url

from deploy.local.child import inherited
from tests.stack import plain
from tests.system.processes import Processes

PATIENCE_SECONDS = 90.0
WORKINGS = frozenset(
    {"job", "outbox", "audit", "audit_unsealed", "audit_seal", "republication", "reconciliation"}
)
"""Tables that say how a service works, not what it knows."""


@dataclass(frozen=True)
class Ran:
    """What a command said, and with which code it ended."""

    code: int
    said: str


def begin(processes: Processes, service: str, *words: str) -> "subprocess.Popen[str]":
    """Start a command; whoever starts it waits for its end."""
    replica, stack = processes.services[service], processes.stack
    owner = {"WARDLINE_OWNER_URL": stack.url(f"{service}_owner", processes.database)}
    return subprocess.Popen(
        [*replica.python(words[0]), *words[1:]],
        env=inherited() | replica.environment() | owner,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


async def ended(process: "subprocess.Popen[str]") -> Ran:
    """How it ends."""
    said, _ = await asyncio.to_thread(process.communicate, timeout=PATIENCE_SECONDS)
    return Ran(process.returncode, said)


async def run(processes: Processes, service: str, *words: str) -> Ran:
    """A command from its start to its end."""
    return await ended(begin(processes, service, *words))


async def query(processes: Processes, statement: str) -> list[list[str]]:
    """Rows of the line's database, as an administrator reads them."""
    said = await asyncio.to_thread(
        processes.stack.psql, "-c", statement, database=processes.database
    )
    return [row.split("|") for row in said.splitlines()]


async def number(processes: Processes, statement: str) -> int:
    """The one number that a statement finds; 0 where it finds none."""
    found = await query(processes, statement)
    return int(found[0][0]) if found else 0


async def knows(processes: Processes, services: Sequence[str]) -> dict[str, str]:
    """A digest of each table of what these services know."""
    schemas = ", ".join(f"'{name}'" for name in services)
    tables = await query(
        processes,
        f"SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ({schemas})",
    )
    digests = " UNION ALL ".join(
        f"SELECT '{schema}.{table}', md5(string_agg(CAST(t AS text), '|' ORDER BY CAST(t AS text)))"
        f" FROM {schema}.{table} AS t"
        for schema, table in tables
        if table not in WORKINGS
    )
    return dict(await query(processes, digests))


@asynccontextmanager
async def held(processes: Processes, table: str, mode: str) -> AsyncIterator[None]:
    """A table is locked by somebody else for the length of the block."""
    stack = processes.stack
    url = make_url(stack.admin_url).set(database=processes.database)
    connection = await asyncpg.connect(plain(url))
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table} IN {mode} MODE")
            yield
    finally:
        await connection.close()
