"""Faults of processes: killed, stuck, replaced."""

import asyncio
from random import Random
from typing import Final

from tests.chaos.cluster import Cluster
from tests.chaos.nemesis.fault import Fault, Notes
from tests.chaos.replica import Replica

SESSION_SECONDS: Final = 15.0
"""How long a consumer group believes in a member that says nothing."""


async def kill(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """Kill -9 of one process; it is started again a little later."""
    await killed(cluster, rng, notes, 1)


async def kill_several(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """Kill -9 of two or three at once, whichever they are."""
    await killed(cluster, rng, notes, rng.choice((2, 3)))


async def killed(cluster: Cluster, rng: Random, notes: Notes, count: int) -> None:
    """Kill so many, and start them again."""
    victims = rng.sample(running(cluster), count)
    notes.say(victim.name for victim in victims)
    for victim in victims:
        victim.kill()
    await asyncio.sleep(rng.uniform(0.2, 3.0))
    await started_again(victims)


async def started_again(victims: list[Replica]) -> None:
    """Start these, once they have ended."""
    for victim in victims:
        await victim.ended()
        victim.start()


def running(cluster: Cluster) -> list[Replica]:
    """The processes that are at work."""
    return [replica for replica in cluster.all_replicas() if replica.alive]


FAULTS: Final = (
    Fault("kill", 6, kill, seconds=3),
    Fault("kill-several", 4, kill_several, seconds=3),
)
