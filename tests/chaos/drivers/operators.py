"""An operator: looks at dead letters and at the audit, and replays what may be good by now."""

import asyncio
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from tests.chaos.cluster import SERVICES
from tests.chaos.drivers.client import Client, Request
from tests.chaos.drivers.officers import rest

MOST_SEEN: Final = 50
MOST_REPLAYED: Final = 5


@dataclass
class Operator:
    """One operator of all four services."""

    client: Client
    rng: Random

    async def act(self) -> None:
        """Look at one service, and try some of what is set aside there."""
        service = self.rng.choice(SERVICES)
        if self.rng.random() < 0.2:
            await self.client.read(service, f"/v1/audit?limit={MOST_SEEN}")
            return
        page = await self.client.read(service, f"/v1/dead-letters?limit={MOST_SEEN}")
        letters = list(page["items"]) if page else []
        if letters:
            await self._replay(service, self.rng.sample(letters, min(len(letters), MOST_REPLAYED)))

    async def _replay(self, service: str, letters: list[dict[str, Any]]) -> None:
        """What is hostile fails again, and is parked in the end; what is done stays done."""
        body = {"ids": [letter["id"] for letter in letters], "dry_run": self.rng.random() < 0.5}
        await self.client.once(Request(service, "POST", "/v1/dead-letters:replay", body))


async def work(operator: Operator, pause: float, over: asyncio.Event) -> None:
    """Act until it is over; ``pause`` is how long they rest between two acts."""
    while not over.is_set():
        await operator.act()
        await rest(over, operator.rng.expovariate(1 / pause))
