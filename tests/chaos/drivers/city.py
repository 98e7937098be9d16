"""Everybody who uses the line in a run: officers, reviewers, an operator, open pages."""

import asyncio
from random import Random
from time import monotonic
from typing import Final

from tests.chaos.cluster import Cluster
from tests.chaos.drivers import officers, operators, reviewers
from tests.chaos.drivers.client import Client
from tests.chaos.drivers.officers import Officer
from tests.chaos.drivers.operators import Operator
from tests.chaos.drivers.readers import Reader
from tests.chaos.drivers.reviewers import Reviewer

WARDS: Final = ("26536", "26737", "25747", "25750", "25760", "25768", "26740", "26743")
SHARED_WARDS: Final = 2
"""So many wards have two officers, who look after the same reports."""
REVIEWERS: Final = 4
PAGES: Final = 4
OFFICER_RESTS, REVIEWER_RESTS, OPERATOR_RESTS = 0.7, 0.5, 3.0
"""Seconds between two acts of one person, in the mean."""


class City:
    """All of them; each makes their own choices from the seed."""

    def __init__(self, cluster: Cluster, seed: int) -> None:
        self._cluster, self._seed = cluster, seed
        self._over, self._closed = asyncio.Event(), asyncio.Event()
        self._clients: list[Client] = []
        self._people: list[asyncio.Task[None]] = []
        self._pages: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """Everybody starts."""
        team = [
            Reviewer(self._client(f"reviewer-{n}", "reviewer"), self._rng(f"reviewer-{n}"))
            for n in range(REVIEWERS)
        ]
        work = [officers.work(one, OFFICER_RESTS, self._over) for one in self._officers()]
        work += [
            reviewers.work(
                one, [other for other in team if other is not one], REVIEWER_RESTS, self._over
            )
            for one in team
        ]
        operator = Operator(self._client("operator", "operator"), self._rng("operator"))
        work.append(operators.work(operator, OPERATOR_RESTS, self._over))
        self._people = [asyncio.create_task(one) for one in work]
        self._pages = [asyncio.create_task(page.read(self._closed)) for page in self._readers()]

    async def finish(self, patience: float) -> None:
        """Nobody begins anything new; what is under way gets clear, or unclear for good."""
        self._over.set()
        for client in self._clients:
            client.gives_up_at = monotonic() + patience
        await asyncio.gather(*self._people)

    async def close(self) -> None:
        """The pages are closed, and everybody goes home."""
        self._over.set()
        self._closed.set()
        tasks = [*self._people, *self._pages]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for client in self._clients:
            await client.close()

    def failed(self) -> list[BaseException]:
        """What ended a person or a page that should have gone on: a mistake of this program."""
        done = [t for t in [*self._people, *self._pages] if t.done() and not t.cancelled()]
        return [error for task in done if (error := task.exception())]

    def _officers(self) -> list[Officer]:
        people = [(ward, 1) for ward in WARDS] + [(ward, 2) for ward in WARDS[:SHARED_WARDS]]
        return [self._officer(ward, number) for ward, number in people]

    def _officer(self, ward: str, number: int) -> Officer:
        who = f"officer-{ward}-{number}"
        client = self._client(who, "ward_officer", ward)
        return Officer(client, ward, WARDS.index(ward) + 1, self._rng(f"{who} chooses"))

    def _readers(self) -> list[Reader]:
        pages = [
            self._reader(f"page-{ward}", "ward_officer", "inbox", ward) for ward in WARDS[:PAGES]
        ]
        return [*pages, self._reader("web-front", "system", "signals", None)]

    def _reader(self, who: str, role: str, log: str, ward: str | None) -> Reader:
        token = self._cluster.issuer.sign(role, [ward] if ward else [], who)
        return Reader(self._cluster, self._rng(who), who, token, log, ward)

    def _client(self, who: str, role: str, *wards: str) -> Client:
        token = self._cluster.issuer.sign(role, wards, who)
        client = Client(self._cluster, self._rng(who), who, token)
        self._clients.append(client)
        return client

    def _rng(self, who: str) -> Random:
        return Random(f"{self._seed}/{who}")
