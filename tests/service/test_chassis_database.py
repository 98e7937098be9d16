"""Connections end and are waited for; a unit of work is done once, and nobody is passed."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from signal import SIGQUIT

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from chassis import failures
from chassis.database import COMMAND_SECONDS, Database
from chassis.unit import Unit
from deploy.local.postgres import Postgres
from tests.stack import Stack


@pytest.fixture
def ended(database: Database, stack: Stack) -> Callable[[], None]:
    """Ends every connection to the test's database, as an administrator does."""
    name = database.engine.url.database
    query = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"

    def end() -> None:
        stack.psql("-c", query)

    return end


async def note(unit: Unit, key: str) -> None:
    await unit.session.execute(
        text("INSERT INTO applied (key, sequence, times) VALUES (:key, 1, 1)"), {"key": key}
    )


async def noted(database: Database) -> list[str]:
    async with database.unit() as unit:
        return list(await unit.session.scalars(text("SELECT key FROM applied ORDER BY key")))


async def use_all(database: Database) -> None:
    """Fill the pool: as many units at once as it has connections."""
    work = "SELECT pg_sleep(0.05)"
    await asyncio.gather(
        *(database.transact(lambda unit: unit.session.execute(text(work))) for _ in range(10))
    )


async def test_connections_that_ended_while_nobody_used_them_are_not_noticed(
    database: Database, ended: Callable[[], None]
) -> None:
    await use_all(database)

    ended()
    await asyncio.sleep(0.1)

    for key in "abcdefghijkl":
        async with database.unit() as unit:
            await note(unit, key)
    assert len(await noted(database)) == 12


async def test_a_connection_lost_under_a_statement_has_the_work_done_again(
    database: Database, ended: Callable[[], None]
) -> None:
    runs = 0

    async def work(unit: Unit) -> None:
        nonlocal runs
        runs += 1
        await note(unit, "a")
        if runs == 1:
            await asyncio.to_thread(ended)
        await note(unit, "b")

    await database.transact(work)

    assert (runs, await noted(database)) == (2, ["a", "b"])


async def test_a_connection_lost_under_the_commit_is_told_and_nothing_is_done_twice(
    database: Database, ended: Callable[[], None]
) -> None:
    runs = 0

    async def work(unit: Unit) -> None:
        nonlocal runs
        runs += 1
        await note(unit, "a")
        await asyncio.to_thread(ended)

    with pytest.raises(DBAPIError) as lost:
        await database.transact(work)

    assert (runs, failures.is_infrastructure(lost.value)) == (1, True)


def with_one_connection(database: Database, seconds: float) -> Database:
    """The same, for one at a time; others wait for so long."""
    url = database.engine.url.render_as_string(hide_password=False)
    return Database(url, database.schema, pool_size=1, pool_timeout=seconds)


async def test_who_waits_for_a_connection_is_passed_by_nobody(database: Database) -> None:
    narrow = with_one_connection(database, 10)
    order: list[str] = []

    async def use(who: str) -> None:
        async with narrow.unit() as unit:
            order.append(who)
            await unit.session.execute(text("SELECT pg_sleep(0.05)"))

    async def twice() -> None:
        await use("first")
        await use("first again")

    async with asyncio.TaskGroup() as users:
        users.create_task(twice())
        await asyncio.sleep(0.02)
        users.create_task(use("second"))
        users.create_task(use("third"))
    await narrow.close()

    assert order == ["first", "second", "third", "first again"]


async def test_a_wait_for_a_connection_ends(database: Database) -> None:
    narrow = with_one_connection(database, 0.1)

    async with narrow.unit():
        with pytest.raises(PoolExhausted, match="no connection was free"):
            await narrow.ready()
    await narrow.close()


async def test_the_client_gives_up_on_a_statement_before_the_server_does(
    database: Database,
) -> None:
    async with database.unit() as unit:
        limit = await unit.session.scalar(
            text("SELECT setting FROM pg_settings WHERE name = 'statement_timeout'")
        )

    assert int(limit or 0) > COMMAND_SECONDS * 1000


async def test_after_an_immediate_restart_the_first_unit_works(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path, durable=False)
    try:
        postgres.start()
        database = Database(postgres.admin_url, "public")
        await use_all(database)

        postgres.process.send(SIGQUIT)
        await asyncio.to_thread(postgres.process.wait, 10)
        postgres.launch()
        await asyncio.to_thread(postgres.await_ready)

        await use_all(database)
        await database.close()
    finally:
        postgres.stop()
