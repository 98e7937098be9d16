"""Readers of streams: each resumes where it was, and writes down every id it sees."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Final

import httpx

from tests.chaos.cluster import Cluster
from tests.chaos.drivers.officers import rest

PATHS: Final = {"inbox": "/v1/inbox/stream", "signals": "/v1/signals/stream"}
SILENCE_SECONDS: Final = 12.0
STAYS_SECONDS: Final = 45.0
"""After so long a reader goes elsewhere, as a browser does that was reloaded."""


@dataclass
class Reader:
    """One open page: the inbox of a ward, or the signals that a web front fans out."""

    cluster: Cluster
    rng: Random
    who: str
    token: str
    log: str
    ward: str | None
    last: str = "0"

    async def read(self, over: asyncio.Event) -> None:
        """Read until it is over, reconnecting whenever the stream ends."""
        timeout = httpx.Timeout(5, read=SILENCE_SECONDS)
        async with httpx.AsyncClient(timeout=timeout, verify=False, trust_env=False) as http:  # noqa: S501
            for connection in count(1):
                if over.is_set():
                    return
                try:
                    async with asyncio.timeout(STAYS_SECONDS * self.rng.uniform(0.3, 1)):
                        await self._follow(http, connection)
                except (httpx.TransportError, TimeoutError):
                    pass
                await rest(over, self.rng.uniform(0.1, 1))

    async def _follow(self, http: httpx.AsyncClient, connection: int) -> None:
        url = self.cluster.url("notification", self.rng) + PATHS[self.log]
        headers = {"Authorization": f"Bearer {self.token}", "Last-Event-ID": self.last}
        async with http.stream("GET", url, headers=headers) as answer:
            if answer.status_code != 200:
                return
            async for event, identity in events(answer):
                self.last = identity
                self.cluster.journal.write(
                    "streams",
                    who=self.who,
                    log=self.log,
                    ward=self.ward,
                    connection=connection,
                    event=event,
                    id=int(identity),
                )


async def events(answer: httpx.Response) -> AsyncIterator[tuple[str, str]]:
    """The kind and the id of each event of a stream that has an id."""
    event = identity = ""
    async for line in answer.aiter_lines():
        name, _, value = line.partition(":")
        if name == "event":
            event = value.strip()
        elif name == "id":
            identity = value.strip()
        elif not line:
            if identity:
                yield event, identity
            event = identity = ""
