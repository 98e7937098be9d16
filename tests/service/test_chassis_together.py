"""Group commit: those who come at once share a transaction, and nothing else."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolExhausted

from chassis.database import Database
from chassis.together import MOST, Together
from chassis.unit import Unit

WAIT_SECONDS = 30.0


class Keeper:
    """Keeps a key for each who asks, and remembers who came together."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.hold = asyncio.Event()
        self.hold.set()

    async def keep(self, unit: Unit, keys: Sequence[str]) -> list[str | Exception]:
        """A key that begins with ``no`` is refused; ``nul`` is one that no database keeps."""
        self.groups.append(list(keys))
        await self.hold.wait()
        sound = [key for key in keys if not key.startswith("no")]
        await unit.session.execute(
            text("""
                INSERT INTO applied (key, sequence, times)
                SELECT key, 1, 1 FROM unnest(CAST(:keys AS text[])) AS key
            """),
            {"keys": ["\0" if key == "nul" else key for key in sound]},
        )
        return [LookupError(key) if key.startswith("no") else key for key in keys]


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
def together(database: Database, keeper: Keeper) -> Together[str, str]:
    return Together(database.transact, keeper.keep, WAIT_SECONDS)


async def noted(database: Database) -> list[str]:
    async with database.unit() as unit:
        return list(await unit.session.scalars(text("SELECT key FROM applied ORDER BY key")))


async def test_who_is_alone_goes_at_once_and_is_answered_after_the_commit(
    database: Database, keeper: Keeper, together: Together[str, str]
) -> None:
    assert await together("a") == "a"
    assert (keeper.groups, await noted(database)) == ([["a"]], ["a"])


async def test_who_comes_while_others_are_at_work_goes_next_in_groups_that_are_bounded(
    database: Database, keeper: Keeper, together: Together[str, str]
) -> None:
    keys = [f"{n:03d}" for n in range(MOST + 20)]
    keeper.hold.clear()
    first = [asyncio.create_task(together(f"first-{n}")) for n in range(2)]
    await asyncio.sleep(0.01)
    lone = asyncio.create_task(together("second lane"))
    await asyncio.sleep(0.01)
    others = [asyncio.create_task(together(key)) for key in keys]
    await asyncio.sleep(0.01)
    keeper.hold.set()

    assert await asyncio.gather(*others) == keys
    await asyncio.gather(*first, lone)
    assert keeper.groups == [["first-0", "first-1"], ["second lane"], keys[:MOST], keys[MOST:]]
    assert len(await noted(database)) == len(keys) + 3


async def test_what_is_wrong_with_one_concerns_no_other(
    database: Database, keeper: Keeper, together: Together[str, str]
) -> None:
    asked = ["a", "nul", "no", "b"]

    said = await asyncio.gather(*map(together, asked), return_exceptions=True)

    assert [said[0], said[3], type(said[2])] == ["a", "b", LookupError]
    assert isinstance(said[1], Exception)
    assert not isinstance(said[1], LookupError)
    assert keeper.groups == [asked, *([key] for key in asked)]
    assert await noted(database) == ["a", "b"]


async def test_who_goes_away_takes_nobody_along(
    database: Database, keeper: Keeper, together: Together[str, str]
) -> None:
    keeper.hold.clear()
    group = [asyncio.create_task(together(key)) for key in ("a", "b", "c")]
    await asyncio.sleep(0.01)
    group[0].cancel()
    keeper.hold.set()

    said = await asyncio.gather(*group, return_exceptions=True)

    assert [type(said[0]), *said[1:]] == [asyncio.CancelledError, "b", "c"]
    assert await noted(database) == ["a", "b", "c"]


async def test_nobody_waits_longer_than_is_fair_for_a_turn(
    database: Database, keeper: Keeper
) -> None:
    together = Together(database.transact, keeper.keep, patience=0.05)
    keeper.hold.clear()
    at_work = []
    for key in ("a", "b"):
        at_work.append(asyncio.create_task(together(key)))
        await asyncio.sleep(0.01)

    with pytest.raises(PoolExhausted):
        await together("c")
    keeper.hold.set()

    assert await asyncio.gather(*at_work) == ["a", "b"]
    assert await noted(database) == ["a", "b"]


async def test_a_database_that_is_away_is_told_to_each(keeper: Keeper) -> None:
    away = Database("postgresql+asyncpg://nobody@/nowhere?host=/nowhere", "nowhere")
    together = Together(away.transact, keeper.keep, WAIT_SECONDS)

    said = await asyncio.gather(*map(together, "abc"), return_exceptions=True)

    assert {type(error) for error in said} == {FileNotFoundError}
    assert keeper.groups == [["a", "b", "c"]]
