"""Faults of processes: killed, stuck, replaced, more of them and fewer."""

import asyncio
from random import Random
from typing import Final

from tests.chaos.cluster import PROCESSES, SERVICES, Cluster
from tests.chaos.nemesis.fault import Fault, Notes
from tests.chaos.replica import Replica

SESSION_SECONDS: Final = 10.0
"""How long a consumer group believes in a member that says nothing."""
LONG_SESSIONS: Final = (1.1, 3.0)


async def kill(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """One process is lost, and started again a little later."""
    await killed(cluster, rng, notes, 1)


async def kill_several(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """Two or three are lost at once, whichever they are."""
    await killed(cluster, rng, notes, rng.choice((2, 3)))


async def killed(cluster: Cluster, rng: Random, notes: Notes, count: int) -> None:
    """Kill so many, and start them again."""
    victims = rng.sample(running(cluster), count)
    notes.say(victim.name for victim in victims)
    for victim in victims:
        victim.kill()
    await asyncio.sleep(rng.uniform(0.2, 3.0))
    await started_again(victims)


async def kill_in_shutdown(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """A process is asked to end, and lost while it is at that."""
    victim = rng.choice(running(cluster))
    patience = rng.uniform(0.02, 1.5)
    notes.say(victim.name, after=patience)
    victim.terminate()
    await asyncio.sleep(patience)
    victim.kill()
    await started_again([victim])


async def pause(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """A process is stuck for a moment; nobody may notice."""
    await stuck(rng.choice(running(cluster)), rng.uniform(0.5, 8), notes)


async def long_pause(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """A process is stuck for longer than its group and its leadership last, then goes on."""
    seconds = SESSION_SECONDS * rng.uniform(*LONG_SESSIONS)
    await stuck(rng.choice(running(cluster)), seconds, notes)


async def stuck(victim: Replica, seconds: float, notes: Notes) -> None:
    """Stop it for so long."""
    notes.say(victim.name, seconds=seconds)
    victim.pause()
    try:
        await asyncio.sleep(seconds)
    finally:
        victim.resume()


async def rolling(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """One service is replaced process by process, as for a new release."""
    service = rng.choice(SERVICES)
    notes.say(service)
    for replica in cluster.replicas[service][:PROCESSES]:
        await ended_well(cluster, replica)
        replica.start()
        await answering(replica)


async def scale(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """A service goes from two processes to one, to three, to one, and back to two."""
    service = rng.choice(SERVICES)
    notes.say(service)
    first, second, *more = cluster.replicas[service]
    third = more[0] if more else cluster.add(service)
    await ended_well(cluster, second)
    try:
        await asyncio.sleep(rng.uniform(1, 4))
        second.start()
        third.start()
        await answering(third)
        await asyncio.sleep(rng.uniform(2, 5))
        leaving = rng.sample((first, second, third), 2)
        await asyncio.gather(*(ended_well(cluster, one) for one in leaving))
        await asyncio.sleep(rng.uniform(1, 4))
    finally:
        await two_of(cluster, service)


async def two_of(cluster: Cluster, service: str) -> None:
    """The first two processes run and no other."""
    for replica in cluster.replicas[service]:
        if replica.number > PROCESSES and replica.running:
            await ended_well(cluster, replica)
        elif replica.number <= PROCESSES and not replica.running:
            replica.start()


async def ended_well(cluster: Cluster, replica: Replica) -> None:
    """Ask it to end; that it does not in time, or with a code, is a finding."""
    replica.terminate()
    if code := await replica.ended():
        cluster.journal.write("findings", what="did not end well", who=replica.name, code=code)


async def answering(replica: Replica, patience: float = 60.0) -> None:
    """Wait until its HTTP is there, which needs neither database nor bus."""
    async with asyncio.timeout(patience):
        while not await asyncio.to_thread(replica.answers):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.2)


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
    Fault("kill-several", 5, kill_several, seconds=3),
    Fault("kill-in-shutdown", 3, kill_in_shutdown, seconds=2),
    Fault("pause", 3, pause, seconds=8),
    Fault("long-pause", 1, long_pause, long_only=True, seconds=30),
    Fault("rolling", 2, rolling, seconds=20),
    Fault("scale", 2, scale, seconds=30),
)
