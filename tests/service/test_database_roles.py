"""Each service reaches its own schema and no other; PostgreSQL itself says so."""

import itertools
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest
from sqlalchemy import make_url

from tests.conftest import TestDatabase
from tests.stack import ROOT, SERVICES, Stack

ROLES = ROOT / "deploy" / "postgres" / "roles.sql"
TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = $1 ORDER BY 1
"""
PAIRS = list(itertools.permutations(SERVICES, 2))


@pytest.fixture
def migrated(database_of: Callable[..., TestDatabase]) -> TestDatabase:
    return database_of(*SERVICES)


async def connected(url: str) -> asyncpg.Connection:
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return await asyncpg.connect(dsn)


@pytest.fixture
async def administrator(stack: Stack, migrated: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await connected(stack.url("postgres", migrated.name))
    yield connection
    await connection.close()


async def refused(connection: asyncpg.Connection, statement: str) -> bool:
    try:
        await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError as error:
        return error.sqlstate == "42501"
    return False


async def test_no_role_reads_a_table_of_another_service(
    migrated: TestDatabase, administrator: asyncpg.Connection
) -> None:
    for reader, other in PAIRS:
        tables = [name for (name,) in await administrator.fetch(TABLES, other)]
        assert tables
        for url in (migrated.url(reader), migrated.owner_url(reader)):
            connection = await connected(url)
            allowed = [t for t in tables if not await refused(connection, f"TABLE {t}")]
            await connection.close()
            assert allowed == [], f"{url} reads {other}"


@pytest.mark.parametrize("service", SERVICES)
async def test_a_process_may_not_change_its_tables(migrated: TestDatabase, service: str) -> None:
    connection = await connected(migrated.url(service))
    assert await refused(connection, "CREATE TABLE mine ()")
    assert await refused(connection, "TRUNCATE outbox")
    assert await refused(connection, "ALTER TABLE outbox ADD COLUMN mine text")
    assert await refused(connection, "CREATE TABLE public.mine ()")
    await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_process_cannot_hold_on_for_long(migrated: TestDatabase, service: str) -> None:
    connection = await connected(migrated.url(service))
    limits = {
        name: await connection.fetchval(f"SHOW {name}")
        for name in ("statement_timeout", "lock_timeout", "transaction_timeout")
    }
    idle = await connection.fetchval("SHOW idle_in_transaction_session_timeout")
    path = await connection.fetchval("SHOW search_path")
    await connection.close()
    assert list(limits.values()) == ["15s", "3s", "30s"]
    assert (idle, path) == ("15s", service)


def test_nobody_but_the_named_roles_enters_the_database(stack: Stack) -> None:
    stack.psql("-f", str(ROLES), variables={"database": "wardline"})
    stack.psql("-c", "DROP ROLE IF EXISTS stranger", "-c", "CREATE ROLE stranger LOGIN")
    may_enter = stack.psql("-c", "SELECT has_database_privilege('stranger', 'wardline', 'CONNECT')")
    stack.psql("-c", "DROP ROLE stranger")
    assert may_enter.strip() == "f"


def test_the_roles_can_be_applied_again(stack: Stack) -> None:
    for _ in range(2):
        stack.psql("-f", str(ROLES))
