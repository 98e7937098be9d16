"""When the line is well again after the last fault, and how long that took."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from contracts.registry import READERS
from tests.chaos.cluster import SERVICES, Cluster
from tests.chaos.journal import ACKNOWLEDGED

LIMIT_SECONDS: Final = 60.0
TURN_SECONDS: Final = 0.5
ASK_SECONDS: Final = 10.0
SETTLED: Final = frozenset({"in-review", "approved", "returned", "revoked", "withdrawn"})
AWAY: Final = (OSError, TimeoutError, KafkaError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True)
class Recovery:
    """How long it took until all was well; ``left`` is what was not in time."""

    seconds: float
    left: Sequence[str] = ()
    waited: Mapping[str, float] = field(default_factory=dict)
    """Of those seconds, how many each thing took that was waited for."""

    @property
    def ok(self) -> bool:
        """Whether all was well in time."""
        return not self.left and self.seconds <= LIMIT_SECONDS


class Quiet:
    """Asks the line what it still has to do."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.waited: defaultdict[str, float] = defaultdict(float)
        """Seconds that it waited for each thing, by its first words."""

    async def within(self, patience: float) -> list[str]:
        """Wait until there is nothing left to do; what there still is after so many seconds."""
        deadline = monotonic() + patience
        while True:
            began = monotonic()
            left = await self.left()
            if not left or monotonic() > deadline:
                return left
            await asyncio.sleep(TURN_SECONDS)
            self.waited[shortened(left[0])] += monotonic() - began

    async def left(self) -> list[str]:
        """What is left to do, by the first of these that has something."""
        for look in (self._cluster.troubles, self._untold, self._unheard, self._unseen):
            try:
                async with asyncio.timeout(ASK_SECONDS):
                    found = await look()
            except AWAY as error:
                found = [repr(error)]
            if found:
                return found
        return []

    async def _untold(self) -> list[str]:
        """Events that no relay has told yet."""
        connection = await asyncpg.connect(self._cluster.admin_dsn)
        try:
            counts = {
                name: await connection.fetchval(f"SELECT count(*) FROM {name}.outbox")
                for name in SERVICES
            }
        finally:
            await connection.close()
        return [f"{name}: {count} events untold" for name, count in counts.items() if count]

    async def _unheard(self) -> list[str]:
        """Records that a group has not committed yet."""
        ends = await self.ends()
        admin = AIOKafkaAdminClient(bootstrap_servers=self._cluster.kafka_direct)
        await admin.start()
        try:
            left = {group: await behind(admin, group, ends) for group in SERVICES}
        finally:
            await admin.close()
        return [f"{group}: {count} records unheard" for group, count in left.items() if count]

    async def ends(self) -> dict[Any, int]:
        """The offsets that the next records of the line's topics will get."""
        reader = AIOKafkaConsumer(
            *READERS, bootstrap_servers=self._cluster.kafka_direct, enable_auto_commit=False
        )
        await reader.start()
        try:
            ends: dict[Any, int] = await reader.end_offsets(reader.assignment())
        finally:
            await reader.stop()
        return ends

    async def _unseen(self) -> list[str]:
        """Acknowledged reports whose ward does not see them in a final state."""
        told: dict[str, int] = {}
        for entry in self._cluster.journal.read("client"):
            if entry["op"] in {"put", "bulk"} and entry["outcome"] == ACKNOWLEDGED:
                told[entry["report"]] = max(told.get(entry["report"], 0), entry["version"])
        limits = httpx.Limits(max_connections=4)
        async with httpx.AsyncClient(limits=limits, trust_env=False) as http:
            seen = await asyncio.gather(*(self._seen(http, *one) for one in told.items()))
        return [one for one in seen if one]

    async def _seen(self, http: httpx.AsyncClient, report: str, version: int) -> str:
        ward = report.partition("/")[0]
        who = f"after-the-faults-{ward}"  # one for all would ask too often
        token = self._cluster.issuer.sign("ward_officer", [ward], who)
        url = f"{self._cluster.replicas['submission'][0].url}/v1/reports/{report}"
        try:
            answer = await http.get(url, headers={"Authorization": f"Bearer {token}"})
        except httpx.TransportError as error:
            return f"{report}: {type(error).__name__}"
        if answer.status_code != 200:
            return f"{report}: status {answer.status_code}"
        latest = answer.json()["latest"]
        is_seen = latest["version"] >= version and latest["state"] in SETTLED
        return "" if is_seen else f"{report}: version {version} is not seen in a final state"


def shortened(what: str) -> str:
    """What is left to do, without the numbers that change while it is being done."""
    return re.sub(r"\d[\d.,]*", "…", what)[:80]


async def behind(admin: AIOKafkaAdminClient, group: str, ends: dict[Any, int]) -> int:
    """How many records of its topics a group has not committed."""
    heard = await admin.list_consumer_group_offsets(group)
    mine = {at: end for at, end in ends.items() if group in READERS[at.topic]}
    return sum(end - (heard[at].offset if at in heard else 0) for at, end in mine.items())
