"""Faults of clocks: one process believes that it is an hour earlier or later than it is."""

import asyncio
from random import Random
from typing import Final

from tests.chaos.cluster import Cluster
from tests.chaos.nemesis.fault import Fault, Notes
from tests.chaos.nemesis.processes import running
from tests.chaos.nemesis.slow import restarted

VARIABLE: Final = "CHAOS_CLOCK_SECONDS"
WRONG_BY: Final = (-3_600, 3_600)
WRONG_SECONDS: Final = (10.0, 20.0)


async def wrong(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """What it decides, tells and runs at times stands beside what the others do, and is set back.

    Tokens are judged by the machine's clock, and ids are made by it.
    """
    victim, seconds = rng.choice(running(cluster)), rng.choice(WRONG_BY)
    notes.say(victim.name, seconds=seconds)
    try:
        await restarted(cluster, victim, victim.environment | {VARIABLE: str(seconds)})
        await asyncio.sleep(rng.uniform(*WRONG_SECONDS))
    finally:
        right = {name: value for name, value in victim.environment.items() if name != VARIABLE}
        await restarted(cluster, victim, right)


FAULTS: Final = (Fault("clock", 2, wrong, seconds=30),)
