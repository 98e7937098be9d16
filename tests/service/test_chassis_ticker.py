"""Periodic jobs: by the leader only, once after a pause, each in a transaction of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from sqlalchemy import text

from chassis import clock, migrate
from chassis.database import Database
from chassis.ticker import Job, Ticker
from chassis.unit import Unit
from tests.conftest import TestDatabase
from tests.probe import MIGRATIONS

NOON = datetime(2025, 10, 31, 5, tzinfo=UTC)


@pytest.fixture
async def database(database_of: Callable[..., TestDatabase]) -> AsyncIterator[Database]:
    found = database_of()
    await migrate.upgrade(found.owner_url("validation"), "validation", MIGRATIONS)
    database = Database(found.url("validation"), "validation")
    yield database
    await database.close()


class Replica:
    """A ticker in a process of its own, with one job that notes its runs."""

    def __init__(
        self, database: Database, seconds: float = 60.0, behind: float | None = None
    ) -> None:
        self.leads, self.is_behind = True, False
        self.runs: list[datetime] = []
        self.fails = False
        self.ran_thrice = asyncio.Event()
        job = Job("note", seconds, self.note, behind)
        self.ticker = Ticker((job,), database, lambda: self.leads, lambda: self.is_behind)

    async def note(self, unit: Unit) -> None:
        self.runs.append(unit.now)
        await unit.session.execute(
            text("INSERT INTO thing (name) VALUES (:name)"), {"name": str(unit.now)}
        )
        if len(self.runs) == 3:
            self.ran_thrice.set()
        if self.fails:
            raise ValueError("on purpose")

    async def turn_at(self, instant: datetime) -> None:
        """One turn as if time had passed for this process too."""
        self.ticker._due.clear()
        with clock.set_to(instant):
            await self.ticker.turn()


async def kept(database: Database) -> int:
    async with database.unit() as unit:
        found = await unit.session.execute(text("SELECT count(*) FROM thing"))
        return int(found.scalar_one())


async def test_a_job_runs_when_its_time_has_come(database: Database) -> None:
    replica = Replica(database)
    for seconds in (0, 59, 60, 61, 119, 120):
        await replica.turn_at(NOON + timedelta(seconds=seconds))

    assert [(run - NOON).total_seconds() for run in replica.runs] == [0, 60, 120]


async def test_what_was_missed_in_a_pause_is_done_once(database: Database) -> None:
    await Replica(database).turn_at(NOON)
    restarted = Replica(database)
    await restarted.turn_at(NOON + timedelta(hours=5))
    await restarted.turn_at(NOON + timedelta(hours=5, seconds=1))

    assert len(restarted.runs) == 1


async def test_two_leaders_at_a_time_do_not_run_a_job_twice(database: Database) -> None:
    replicas = [Replica(database) for _ in range(4)]
    with clock.set_to(NOON):
        await asyncio.gather(*(replica.ticker.turn() for replica in replicas))

    assert sum(len(replica.runs) for replica in replicas) == 1


async def test_only_the_leader_runs_jobs(database: Database) -> None:
    replica = Replica(database, seconds=0.01)
    replica.leads = False
    running = asyncio.create_task(replica.ticker.run())
    await asyncio.sleep(0.1)
    assert (replica.runs, replica.ticker.pulse.age < 1) == ([], True)

    replica.leads = True
    async with asyncio.timeout(10):
        await replica.ran_thrice.wait()
    running.cancel()
    await asyncio.wait({running})


async def test_a_job_that_fails_undoes_what_it_did_and_comes_again(database: Database) -> None:
    replica = Replica(database)
    replica.fails = True
    for _ in range(3):
        await replica.turn_at(NOON)
    assert (len(replica.runs), await kept(database)) == (3, 0)
    assert replica.ticker.failing() == ["note"]

    replica.fails = False
    await replica.turn_at(NOON)
    assert (await kept(database), replica.ticker.failing()) == (1, [])


async def test_a_failed_job_is_not_hammered(database: Database) -> None:
    replica = Replica(database)
    replica.fails = True
    for _ in range(5):
        await replica.ticker.turn()

    assert len(replica.runs) == 1


async def test_a_clock_that_was_set_back_does_not_stop_a_job(database: Database) -> None:
    replica = Replica(database)
    await replica.turn_at(NOON + timedelta(days=300))
    await replica.turn_at(NOON)

    assert len(replica.runs) == 2


@pytest.mark.parametrize(("behind", "expected"), [(300.0, 300), (None, 60)])
async def test_a_job_may_come_less_often_while_much_waits_to_be_heard(
    database: Database, behind: float | None, expected: float
) -> None:
    replica = Replica(database, behind=behind)
    for is_behind, wait in ((True, expected), (False, 60), (True, expected)):
        replica.is_behind = is_behind
        replica.ticker._due.clear()
        await replica.ticker.turn()
        assert replica.ticker._due["note"] - monotonic() == pytest.approx(wait, abs=5)
