"""Faults of the network between the services and PostgreSQL or Kafka."""

import asyncio
from functools import partial
from random import Random
from typing import Final

from tests.chaos.cluster import Cluster
from tests.chaos.nemesis.fault import Fault, Notes
from tests.chaos.proxy import Mode

SECONDS: Final = {
    Mode.RESET: (0.2, 4.0),
    Mode.BLACK_HOLE: (3.0, 20.0),
    Mode.HALF_OPEN: (2.0, 15.0),
    Mode.ORPHANED: (2.0, 15.0),
    Mode.DELAY: (5.0, 15.0),
    Mode.THROTTLE: (5.0, 15.0),
}
WEIGHT: Final = {Mode.RESET: 2}


async def disturb(server: str, mode: Mode, cluster: Cluster, rng: Random, notes: Notes) -> None:
    """The network before one server is bad for a while."""
    proxy, seconds = cluster.proxies[server], rng.uniform(*SECONDS[mode])
    notes.say(server, seconds=seconds, links=proxy.links)
    proxy.set(mode)
    try:
        await asyncio.sleep(seconds)
    finally:
        proxy.set(Mode.PASS)


FAULTS: Final = tuple(
    Fault(
        f"{server}-{mode}",
        WEIGHT.get(mode, 1),
        partial(disturb, server, mode),
        seconds=longest,
        touches=frozenset({server}),
    )
    for server in ("postgres", "kafka")
    for mode, (_, longest) in SECONDS.items()
)
