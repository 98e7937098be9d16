"""What the loops of this service share: wakes, and patience while the database is away."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError

from chassis.breaker import Backoff
from chassis.failures import OUTAGES, is_infrastructure
from chassis.pulse import Pulse

LONGEST_PAUSE_SECONDS: Final = 2.0

log = structlog.get_logger()


class Wake:
    """Tells the loops of this process that there is something to do; others find it later."""

    def __init__(self) -> None:
        self._sleepers: set[asyncio.Event] = set()

    def __call__(self) -> None:
        """Let every sleeper look at once."""
        for sleeper in self._sleepers:
            sleeper.set()

    @contextmanager
    def sleeper(self) -> Iterator[asyncio.Event]:
        """An event that is set at each wake while the block runs."""
        event = asyncio.Event()
        self._sleepers.add(event)
        try:
            yield event
        finally:
            self._sleepers.discard(event)


written = Wake()
"""Called after a commit that wrote to a log."""
queued = Wake()
"""Called after a commit that made deliveries."""


async def sleep(woken: asyncio.Event, seconds: float) -> None:
    """Wait until woken, or so long."""
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        return


async def patiently(pulse: Pulse, run: Callable[[Backoff], Awaitable[None]]) -> None:
    """Run what never ends, again and again when the database goes; ``run`` resets the waits."""
    backoff = Backoff(LONGEST_PAUSE_SECONDS)
    while True:
        try:
            await run(backoff)
        except (*OUTAGES, DBAPIError, asyncpg.PostgresError) as error:
            if not is_infrastructure(error):
                raise
            pulse.beat()
            log.warning("loop_interrupted", loop=pulse.name, reason=str(error)[:300])
            await asyncio.sleep(backoff.next())
