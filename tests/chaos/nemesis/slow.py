"""Faults of handlers: one that is slower than its consumer group allows."""

import asyncio
from random import Random
from time import monotonic
from typing import Final

from tests.chaos.cluster import Cluster
from tests.chaos.nemesis.fault import Fault, Notes
from tests.chaos.nemesis.processes import running
from tests.chaos.replica import Replica

POLL_MILLISECONDS: Final = 4_000
"""Far below the time that a handler of `tests.chaos.served` takes while it is slow."""
START_SECONDS: Final = 60.0
SLOW_SECONDS: Final = (15.0, 25.0)


async def slow(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """One process is put out of its group while it applies a batch, again and again.

    Its partitions go to others, which wait for the claims of its transaction.
    """
    victim = rng.choice(running(cluster))
    notes.say(victim.name)
    control = cluster.data / f"slow-{victim.name}"
    changes = {"CHAOS_SLOW": str(control), "CHAOS_POLL_MILLISECONDS": str(POLL_MILLISECONDS)}
    try:
        await asyncio.to_thread(control.touch)
        await restarted(cluster, victim, victim.environment | changes)
        await asyncio.sleep(rng.uniform(*SLOW_SECONDS))
    finally:
        await asyncio.to_thread(control.unlink, missing_ok=True)
        mended = {n: v for n, v in victim.environment.items() if n not in changes}
        await restarted(cluster, victim, mended)


async def restarted(cluster: Cluster, replica: Replica, environment: dict[str, str]) -> None:
    """End it in order, start it with this environment, and wait until its HTTP is there."""
    replica.environment = environment
    replica.terminate()
    if code := await replica.ended():
        cluster.journal.write("findings", what="did not end well", who=replica.name, code=code)
    replica.start()
    deadline = monotonic() + START_SECONDS
    while monotonic() < deadline:
        if await asyncio.to_thread(replica.answers):
            return
        await asyncio.sleep(0.2)
    cluster.journal.write("findings", what="did not start again", who=replica.name)


FAULTS: Final = (Fault("slow-handler", 3, slow, seconds=30),)
