"""Faults are done at their time, noted, and taken away whatever happens."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from tests.chaos.cluster import Cluster
from tests.chaos.nemesis.fault import ON_HTTP, ON_TOPICS, Fault, Notes
from tests.chaos.nemesis.nemesis import Nemesis
from tests.chaos.nemesis.schedule import Planned

Run = Callable[[Cluster, Random, Notes], Awaitable[None]]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """One that is not started."""
    idle = Cluster(tmp_path)
    yield idle
    idle.journal.close()


def planned(run: Run, touches: frozenset[str] = ON_HTTP) -> Planned:
    return Planned(0, Fault("some", 1, run, seconds=1, touches=touches), seed=1)


async def test_a_fault_that_fails_says_so_and_the_others_go_on(cluster: Cluster) -> None:
    async def fails(_cluster: Cluster, _rng: Random, _notes: Notes) -> None:
        raise LookupError("nothing to break")

    async def works(_cluster: Cluster, _rng: Random, notes: Notes) -> None:
        notes.say("everybody")

    await Nemesis(cluster, [planned(fails), planned(works)]).work()

    noted = {entry["target"]: entry["trouble"] for entry in cluster.journal.read("faults")}
    assert noted == {"": "LookupError('nothing to break')", "everybody": ""}


async def test_ended_early_every_fault_is_taken_away_before_anything_else(cluster: Cluster) -> None:
    taken_away = []

    async def lasts(_cluster: Cluster, _rng: Random, _notes: Notes) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            taken_away.append(1)

    faults = [planned(lasts, ON_HTTP), planned(lasts, ON_TOPICS)]
    working = asyncio.create_task(Nemesis(cluster, faults).work())
    await asyncio.sleep(0.05)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)

    assert len(taken_away) == 2
    assert {entry["trouble"] for entry in cluster.journal.read("faults")} == {"cut short"}
