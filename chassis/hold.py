"""How long a consumer waits before it takes the same batch again, and what it says meanwhile."""

import asyncio
from contextlib import suppress
from time import monotonic
from typing import Final

import structlog

from chassis import metrics
from chassis.breaker import Backoff
from chassis.failures import BreakerOpen, Failure, cause, classify
from chassis.pulse import Pulse

log = structlog.get_logger()

BREAKER_SECONDS: Final = 30.0
TICK_SECONDS: Final = 1.0


class Hold:
    """The waits of one listener. FastStream seeks back at once, 50 times in a fifth of a second."""

    def __init__(self, listener: str, pulse: Pulse) -> None:
        """``pulse`` beats while it waits: whoever waits is alive."""
        self.handler = ""
        """The one whose breaker is open."""
        self._listener = listener
        self._pulse = pulse
        self._backoff = Backoff()
        self._hurry = asyncio.Event()

    async def wait(self, error: Exception) -> None:
        """Wait as long as the error asks for, or until somebody is in a hurry."""
        breaker = isinstance(error, BreakerOpen)
        if breaker:
            self._note(str(error))
        reason = "breaker" if breaker else classify(error).value
        seconds = BREAKER_SECONDS if breaker else self._backoff.next()
        metrics.CONSUMER_HOLDS.labels(self._listener, reason).inc()
        bug = error if reason == Failure.BUG.value else None
        log.warning("batch_held", reason=reason, cause=cause(error), exc_info=bug)
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0 and not self._hurry.is_set():
            self._pulse.beat()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(TICK_SECONDS, left)):
                    await self._hurry.wait()

    def released(self) -> None:
        """A batch went through."""
        self._backoff.reset()
        self._note("")

    def hurry(self, *, on: bool) -> None:
        """End waits at once, or let them last again."""
        if on:
            self._hurry.set()
        else:
            self._hurry.clear()

    def _note(self, handler: str) -> None:
        self.handler = handler
        metrics.CONSUMER_BREAKER.labels(self._listener).set(bool(handler))
