"""The archive that commits wait for is away: nobody is told, or shown, what it has not got."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress

import pytest
from sqlalchemy import text

from chassis import database as databases
from chassis.database import Database
from deploy.drill.archive import Archive
from deploy.local.issuer import Issuer
from services.submission.app import SERVICE
from tests import bus
from tests import stack as stacks
from tests.conftest import TestDatabase
from tests.service import desk as desks
from tests.service.desk import Desk, changed
from tests.service.harness import ServiceUnderTest, running
from tests.stack import Stack

GIVES_UP_SECONDS = 3
STANDS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
GO_ON = ("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A PostgreSQL of our own: all others' commits would wait too."""
    with stacks.embedded(tmp_path_factory.mktemp("archived")) as own:
        yield own


@pytest.fixture
def archive(stack: Stack) -> Iterator[Archive]:
    """The log of everything, as it is written; commits wait for it."""
    assert stack.postgres is not None
    archive = Archive(stack.postgres, stack.postgres.directory.parent, "archive")
    archive.start()
    archive.hold_commits()
    yield archive
    stack.psql(*(word for command in GO_ON for word in ("-c", command)))
    archive.stop()


@pytest.fixture
async def desk(
    stack: Stack, issuer: Issuer, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    """A ward's desk at a service that is impatient, so that the test need not be patient."""
    assert archive.answers()
    monkeypatch.setattr(databases, "COMMAND_SECONDS", GIVES_UP_SECONDS)
    name = stack.clone("submission")
    where = TestDatabase(name, stack)

    async with running(SERVICE, where, issuer) as service:

        async def serve(*_: object, **__: object) -> ServiceUnderTest:
            return service

        yield await desks.opened(serve)


def waiting(stack: Stack) -> Callable[[int], Awaitable[None]]:
    """Waits until so many commits wait for the archive."""

    async def until(number: int) -> None:
        async def is_so() -> bool:
            return int(await asyncio.to_thread(stack.psql, "-c", STANDS)) == number

        await bus.until(is_so)

    return until


async def test_a_report_that_is_not_archived_is_neither_acknowledged_nor_shown_nor_told(
    stack: Stack, archive: Archive, desk: Desk
) -> None:
    body = changed(dxt01=1801)
    assert (await desk.put()).status_code == 202
    await asyncio.to_thread(archive.stop)

    assert (await desk.put(body=body)).status_code == 503
    await waiting(stack)(1)
    for _ in range(2):
        assert (await desk.put(body=body)).status_code == 503
        assert (await desk.get()).json()["latest"]["version"] == 1
        assert [event.version for event in await desk.submitted()] == [1]

    archive.launch()
    await asyncio.to_thread(archive.await_ready)
    await waiting(stack)(0)
    again = await desk.put(body=body)
    assert (again.status_code, again.json()["version"]) == (200, 2)
    assert [event.version for event in await desk.submitted()] == [1, 2]


async def test_who_is_ended_while_a_commit_waits_leaves_it_waiting(
    stack: Stack, database: Database, archive: Archive
) -> None:
    async def keep() -> None:
        async with database.unit() as unit:
            await unit.session.execute(text("INSERT INTO applied VALUES ('a', 1, 1, '')"))

    await asyncio.to_thread(archive.stop)
    keeping = asyncio.create_task(keep())
    await waiting(stack)(1)
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping
    assert await bus.applied(database) == {}

    archive.launch()
    await asyncio.to_thread(archive.await_ready)
    await waiting(stack)(0)
    assert await bus.applied(database) == {("a", 1): 1}
