"""Reads the four schemas as the administrator, and tries what no role may do."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

import asyncpg

from tests.chaos.checker.evidence import SERVICES, Row

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

SHARED: Final = ("inbox", "outbox", "dead_letter", "audit", "audit_seal", "audit_unsealed")
READ: Final[Mapping[str, tuple[str, ...]]] = {
    "submission": ("report", "report_version", "withdrawal_request", "report_status"),
    "validation": ("report", "version", "decision", "keyed_answer", "template"),
    "aggregation": (
        *("fact", "figure_set", "contribution", "accumulator", "distinct_value"),
        "template",
    ),
    "notification": ("notice", "signal", "delivery", "contact", "standing", "read_mark", "purged"),
}
ORDERED: Final = {"contribution": "entered_revision", "audit": "id", "audit_seal": "position"}
TABLES_OF: Final = """
    SELECT relname FROM pg_class
    WHERE relnamespace = CAST($1 AS regnamespace) AND relkind IN ('r', 'p', 'v', 'm')
    ORDER BY relname
"""


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[Connection]:
    """A connection of the administrator for the length of the block; all of jsonb is parsed."""
    connection = await asyncpg.connect(dsn.replace("+asyncpg", ""), timeout=10)
    try:
        for kind in ("json", "jsonb"):
            await connection.set_type_codec(
                kind, encoder=json.dumps, decoder=json.loads, schema="pg_catalog"
            )
        yield connection
    finally:
        await connection.close()


async def tables(connection: Connection) -> dict[str, dict[str, Sequence[Row]]]:
    """Everything that is compared, all of it as it was at one instant."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return {
            service: {
                table: await _rows(connection, service, table)
                for table in (*SHARED, *READ[service])
            }
            for service in SERVICES
        }


async def _rows(connection: Connection, service: str, table: str) -> list[dict[str, Any]]:
    order = f" ORDER BY {ORDERED[table]}" if table in ORDERED else ""
    return [dict(row) for row in await connection.fetch(f"SELECT * FROM {service}.{table}{order}")]


async def applied(connection: Connection) -> list[Row]:
    """What the probe counted."""
    rows = await connection.fetch("SELECT * FROM chaos.applied")
    return [dict(row) for row in rows]


async def crossings(connection: Connection) -> list[tuple[str, str, str]]:
    """Every role tries to read every table of every other service: what the server answers."""
    found: list[tuple[str, str, str]] = []
    for owner in SERVICES:
        names = [row["relname"] for row in await connection.fetch(TABLES_OF, owner)]
        for role in SERVICES:
            if role != owner:
                found += [
                    (role, f"{owner}.{name}", await _tried(connection, role, owner, name))
                    for name in names
                ]
    return found


async def _tried(connection: Connection, role: str, owner: str, table: str) -> str:
    transaction = connection.transaction(readonly=True)
    await transaction.start()
    try:
        await connection.execute(f"SET LOCAL ROLE {role}")
        await connection.fetch(f'SELECT * FROM {owner}."{table}" LIMIT 1')
    except asyncpg.PostgresError as error:
        return error.sqlstate or ""
    else:
        return ""
    finally:
        await transaction.rollback()
