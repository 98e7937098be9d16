"""Keeps a service's background loops running, and knows which of them stopped turning."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

import structlog

from chassis import metrics
from chassis.pulse import Pulse

STALLED_SECONDS = 60.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY_SECONDS = 60.0
"""A loop that ran for so long fails for a new reason: it need not wait for those before it."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Loop:
    """Work that goes on until it is cancelled; ``run`` beats the pulse at every turn."""

    pulse: Pulse
    run: Callable[[], Awaitable[None]]


@dataclass
class Loops:
    """The loops of one process. A loop that fails is started again, after a pause."""

    loops: Sequence[Loop]
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        """Start every loop; none is waited for."""
        for loop in self.loops:
            loop.pulse.beat()
            self._tasks.append(asyncio.create_task(_keep(loop), name=loop.pulse.name))

    def cancel(self) -> None:
        """Let every loop end what it is at."""
        for task in self._tasks:
            task.cancel()

    async def ended(self, seconds: float) -> None:
        """Wait until each has, but not longer than this."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            if late:
                log.warning("loops_left_behind", loops=[task.get_name() for task in late])

    def ages(self) -> dict[str, float]:
        """Seconds since each loop last made a turn."""
        found = {loop.pulse.name: loop.pulse.age for loop in self.loops}
        for name, age in found.items():
            metrics.LOOP_AGE.labels(name).set(age)
        return found

    def stalled(self) -> list[str]:
        """The loops that made no turn for a minute, or are not there any more."""
        silent = {name for name, age in self.ages().items() if age > STALLED_SECONDS}
        return sorted(silent | {task.get_name() for task in self._tasks if task.done()})


async def _keep(loop: Loop) -> None:
    pause = FIRST_PAUSE
    while True:
        began = monotonic()
        (error,) = await asyncio.gather(loop.run(), return_exceptions=True)
        log.error("loop_failed", loop=loop.pulse.name, exc_info=error)
        metrics.LOOP_RESTARTS.labels(loop.pulse.name).inc()
        loop.pulse.beat()
        if monotonic() - began > STEADY_SECONDS:
            pause = FIRST_PAUSE
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
