"""One run: start the line, use it, break it, wait until it is well, and look at everything."""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic
from typing import Final

from tests.chaos.checker import Facts, Usage, Verdict, check, measure
from tests.chaos.cluster import Cluster
from tests.chaos.drivers.city import City
from tests.chaos.journal import SENT
from tests.chaos.nemesis import poison
from tests.chaos.nemesis.disk import unmounted
from tests.chaos.nemesis.nemesis import Nemesis
from tests.chaos.nemesis.schedule import Planned
from tests.chaos.quiet import LIMIT_SECONDS, Quiet, Recovery
from tests.chaos.replica import SERVED
from tests.chaos.table import Outcome

TICK_SECONDS: Final = 10.0
WARM_SECONDS: Final = 4.0
DEFECTIVE_SECONDS: Final = 15.0
"""So long is waited for a line that may never be well again."""
PAGES_SECONDS: Final = 4.0
"""Open pages hear the last of it."""

Say = Callable[[str], object]


@dataclass(frozen=True)
class Order:
    """What is asked for; ``planted`` names a module of ``tests.chaos.planted``."""

    seed: int
    seconds: float
    planned: Sequence[Planned]
    planted: str = ""
    sound: bool = False
    """Everything as with the planted defect, except for the defect."""

    @property
    def defective(self) -> bool:
        """Whether something is wrong with the line that no waiting mends."""
        return bool(self.planted) and not self.sound


async def run(order: Order, data: Path, say: Say = print) -> Outcome:
    """Do all of it; when this returns or raises, nothing of it runs any more."""
    module = f"tests.chaos.planted.{order.planted}" if order.planted else SERVED
    sound = {"CHAOS_SOUND": "1"} if order.sound else {}
    cluster = Cluster(data, module=module, environment=sound)
    cluster.turn = order.seed  # four seeds in a row take every service
    try:
        say(f"starting PostgreSQL, Kafka and eight processes in {data}")
        began = monotonic()
        await cluster.start()
        say(f"the line is ready after {monotonic() - began:.0f} s")
        return await Run(cluster, order, say).whole()
    finally:
        await cluster.stop()
        await asyncio.to_thread(unmounted, data)


class Run:
    """A run on a cluster that is ready."""

    def __init__(self, cluster: Cluster, order: Order, say: Say) -> None:
        self._cluster, self._order, self._say = cluster, order, say
        self._city = City(cluster, order.seed)
        self._nemesis = Nemesis(cluster, order.planned)

    async def whole(self) -> Outcome:
        """Everything from the first request to the last look."""
        keeper = asyncio.create_task(self._cluster.look_after())
        ticker = asyncio.create_task(self._tell())
        try:
            self._city.begin()
            await asyncio.sleep(WARM_SECONDS)
            baseline = await self._measure()
            await self._broken()
            return await self._looked_at(baseline)
        finally:
            for task in (keeper, ticker):
                task.cancel()
            await asyncio.gather(keeper, ticker, return_exceptions=True)
            await self._city.close()

    async def _broken(self) -> None:
        """The faults; the drivers go on as long as there are any."""
        end = monotonic() + self._order.seconds
        await self._nemesis.work()
        await asyncio.sleep(end - monotonic())
        await self._cluster.heal()
        await poison.finish(self._cluster, Random(self._order.seed))

    async def _looked_at(self, baseline: Usage) -> Outcome:
        recovery = await self._recovered()
        self._say(f"after the last fault: {recovery.seconds:.1f} s; looking at everything")
        if failed := self._city.failed():
            raise failed[0]
        await asyncio.sleep(PAGES_SECONDS)
        verdicts = await check(self._facts(baseline))
        events = sum((await Quiet(self._cluster).ends()).values())
        return self._outcome(verdicts, recovery, events)

    async def _recovered(self) -> Recovery:
        began = monotonic()
        patience = DEFECTIVE_SECONDS if self._order.defective else LIMIT_SECONDS
        await self._city.finish(patience)
        clients = monotonic() - began
        quiet = Quiet(self._cluster)
        left = await quiet.within(patience - clients)
        waited = {"requests under way": clients, **quiet.waited}
        return Recovery(monotonic() - began, left, waited)

    def _facts(self, baseline: Usage) -> Facts:
        return Facts(
            data=self._cluster.data,
            admin_dsn=self._cluster.admin_dsn,
            bootstrap=self._cluster.kafka_direct,
            pids=self._pids(),
            baseline=baseline,
        )

    def _outcome(self, verdicts: Sequence[Verdict], recovery: Recovery, events: int) -> Outcome:
        journal, order = self._cluster.journal, self._order
        return Outcome(
            seed=order.seed,
            seconds=order.seconds,
            planted=order.planted,
            faults=list(journal.read("faults")),
            findings=list(journal.read("findings")),
            requests=self._requests(),
            verdicts=verdicts,
            recovery=recovery,
            events=events,
        )

    def _requests(self) -> Counter[str]:
        outcomes = (entry["outcome"] for entry in self._cluster.journal.read("client"))
        return Counter(outcome for outcome in outcomes if outcome != SENT)

    async def _measure(self) -> Usage:
        return await measure(self._cluster.admin_dsn, self._pids())

    def _pids(self) -> dict[str, int]:
        replicas = self._cluster.all_replicas()
        return {one.name: one.process.pid for one in replicas if one.wanted}

    async def _tell(self) -> None:
        """For ever: say how far the run is."""
        began = monotonic()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            counts = ", ".join(f"{n} {kind}" for kind, n in sorted(self._requests().items()))
            faults = f"{self._nemesis.done} of {len(self._order.planned)} faults"
            now = " ".join(self._nemesis.now) or "-"
            self._say(f"{monotonic() - began:5.0f} s  {faults}  now: {now}  {counts}")


def tell(line: str) -> None:
    """Say a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
