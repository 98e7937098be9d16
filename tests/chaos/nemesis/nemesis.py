"""Does the planned faults, each at its time, and notes every one of them."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from random import Random
from time import monotonic
from typing import Final

from tests.chaos.cluster import Cluster
from tests.chaos.nemesis.fault import Notes
from tests.chaos.nemesis.schedule import Planned

GRACE: Final = 2.0
"""A fault may take so many times as long as planned, and some seconds, before it is cut short."""
GRACE_SECONDS: Final = 60.0


class Nemesis:
    """Carries out one plan against one cluster."""

    def __init__(self, cluster: Cluster, planned: Sequence[Planned]) -> None:
        self._cluster, self._planned = cluster, planned
        self._busy: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.now: list[str] = []
        """The kinds that are going on."""
        self.done = 0

    async def work(self) -> None:
        """Do everything; returns when the last fault is over. The plan's clock starts now.

        Cancelled, it returns when every fault under way is taken away again.
        """
        start = monotonic()
        async with asyncio.TaskGroup() as faults:
            for planned in self._planned:
                faults.create_task(self._at_its_time(start, planned))

    async def _at_its_time(self, start: float, planned: Planned) -> None:
        await asyncio.sleep(start + planned.at - monotonic())
        async with AsyncExitStack() as turns:
            for thing in sorted(planned.fault.touches):  # in one order, so that none waits for ever
                await turns.enter_async_context(self._busy[thing])
            notes = Notes(self._cluster.journal, planned.fault.kind)
            self.now.append(planned.fault.kind)
            trouble = "cut short"
            try:
                trouble = await self._do(planned, notes)
            finally:
                self.now.remove(planned.fault.kind)
                self.done += 1
                notes.close(trouble)

    async def _do(self, planned: Planned, notes: Notes) -> str:
        """Do it; why it could not be done as meant, which is no fault of the line."""
        rng = Random(planned.seed)
        try:
            async with asyncio.timeout(planned.fault.seconds * GRACE + GRACE_SECONDS):
                await planned.fault.run(self._cluster, rng, notes)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
            return repr(error)
        return ""
