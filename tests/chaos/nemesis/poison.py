"""A bug of our own: one service fails on some reports, is mended, and an operator replays them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from time import monotonic
from typing import Any, Final

import asyncpg
import httpx

from tests.chaos.cluster import SERVICES, Cluster
from tests.chaos.nemesis.fault import Fault, Notes
from tests.chaos.nemesis.slow import restarted
from tests.chaos.nemesis.storage import asked
from tests.chaos.replica import Replica
from tests.chaos.served import is_poisoned

SHARE: Final = 0.01
"""Of all reports; which ones is chosen so that some of the newest are among them."""
NEWEST: Final = 40
NEWEST_REPORTS: Final = (
    "SELECT report_id FROM submission.report_version ORDER BY submitted_at DESC LIMIT $1"
)
HITS: Final = 2
SALTS: Final = 5_000
POISONED_LEAST: Final = 8.0
POISONED_TURNS: Final = 90
"""Seconds: at least, and then at most until something has failed."""
REPLAY_SECONDS: Final = 60.0
PATIENCE_SECONDS: Final = 60.0
TOPICS: Final = ("submission.reports", "validation.reports")

Json = dict[str, Any]


@dataclass(frozen=True)
class Operator:
    """Handles one service's dead letters, over its public HTTP."""

    cluster: Cluster
    service: str
    http: httpx.AsyncClient
    rng: Random

    async def open_letters(self) -> list[Json]:
        """All that wait or are parked."""
        found: list[Json] = []
        cursor: str | None = None
        while True:
            page = await self.asks("GET", "", params={"limit": 500, "cursor": cursor or ()})
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found

    async def replays(self, ids: list[int], *, dry_run: bool) -> Json:
        """Replay these, or rehearse it."""
        body = {"ids": ids, "dry_run": dry_run, "parked": True}
        return await self.asks("POST", ":replay", json=body)

    async def asks(self, method: str, path: str, **request: Any) -> Json:  # noqa: ANN401
        """Ask, and ask again while nobody can answer, as a person would."""
        deadline = monotonic() + PATIENCE_SECONDS
        headers = {"Authorization": f"Bearer {self.cluster.issuer.sign('operator')}"}
        while True:
            url = f"{self.cluster.url(self.service, self.rng)}/v1/dead-letters{path}"
            try:
                answer = await self.http.request(method, url, headers=headers, **request)
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    said: Json = answer.raise_for_status().json()
                    return said
            except httpx.TransportError:
                pass
            if monotonic() > deadline:
                raise TimeoutError(f"{self.service} does not answer its operator")
            await asyncio.sleep(0.5)


async def poison(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """Every process of a service fails on the same reports for a while; then none does."""
    service, cluster.turn = SERVICES[cluster.turn % len(SERVICES)], cluster.turn + 1
    salt = await _salt(cluster, rng)
    notes.say(service, salt=salt)
    cluster.unmended.add(service)
    async with operator(cluster, service, rng) as mender:
        try:
            await _deployed(cluster, service, {"CHAOS_POISON": f"{SHARE}:{salt}"})
            failed = await _something_fails(mender)
        finally:
            await _deployed(cluster, service, {})
        await _mend(mender, notes)
    cluster.unmended.discard(service)
    if not failed:
        raise LookupError("nothing was sent on which it fails")


async def finish(cluster: Cluster, rng: Random) -> None:
    """Replay what is left of a fault that was cut short."""
    for service in sorted(cluster.unmended):
        async with operator(cluster, service, rng) as mender:
            await _mend(mender, Notes(cluster.journal, "poison"))


@asynccontextmanager
async def operator(cluster: Cluster, service: str, rng: Random) -> AsyncIterator[Operator]:
    """Somebody who may handle the service's dead letters."""
    async with httpx.AsyncClient(timeout=REPLAY_SECONDS, trust_env=False) as http:
        yield Operator(cluster, service, http, rng)


async def _salt(cluster: Cluster, rng: Random) -> str:
    """A salt with which some of the newest reports fail, on which more is to come."""
    newest = await _newest(cluster)
    salts = [f"{rng.getrandbits(32):x}" for _ in range(SALTS)]
    hits = (s for s in salts if sum(is_poisoned(report, SHARE, s) for report in newest) >= HITS)
    return next(hits, salts[0])


async def _newest(cluster: Cluster) -> set[str]:
    """Reports that were sent last; PostgreSQL may be away for a moment."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                rows = await asked(cluster, NEWEST_REPORTS, NEWEST)
                return {str(row["report_id"]) for row in rows}
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(0.5)


async def _deployed(cluster: Cluster, service: str, changes: dict[str, str]) -> None:
    """Replace all processes of a service at once."""

    async def replace(replica: Replica) -> None:
        kept = {n: v for n, v in replica.environment.items() if n != "CHAOS_POISON"}
        await restarted(cluster, replica, kept | changes)

    wanted = [replica for replica in cluster.replicas[service] if replica.wanted]
    await asyncio.gather(*map(replace, wanted))


async def _something_fails(mender: Operator) -> bool:
    await asyncio.sleep(POISONED_LEAST)
    for _ in range(POISONED_TURNS):
        if any(map(is_ours, await mender.open_letters())):
            return True
        await asyncio.sleep(1.0)
    return False


async def _mend(mender: Operator, notes: Notes) -> None:
    """Replay, dry run first, until none is left of those that nobody meant to be bad."""
    replayed: dict[str, int] = {}
    deadline = monotonic() + REPLAY_SECONDS
    while letters := [one for one in await mender.open_letters() if is_ours(one)]:
        if monotonic() > deadline:
            causes = sorted({one["cause"]["code"] for one in letters})
            mender.cluster.journal.write(
                "findings", what="letters that cannot be replayed", who=mender.service, why=causes
            )
            break
        ids = [one["id"] for one in letters]
        rehearsed = await mender.replays(ids, dry_run=True)
        done = await mender.replays(ids, dry_run=False)
        notes.say(rehearsed=rehearsed["counts"])
        for outcome, count in done["counts"].items():
            replayed[outcome] = replayed.get(outcome, 0) + count
        await asyncio.sleep(1.0)
    notes.say(replayed=replayed)


def is_ours(letter: Json) -> bool:
    """Whether its record is an event that a service told, and that a handler could not take."""
    return bool(letter["topic"] in TOPICS and letter["cause"]["stage"] == "handler")


FAULTS: Final = (Fault("poison", 2, poison, seconds=45),)
