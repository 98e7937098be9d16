"""One batch of records in one transaction: claim, handle, tell, set aside."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import Any
from uuid import UUID

import msgspec
import structlog

from chassis import clock, dead_letters, inbox, metrics
from chassis.breaker import Breaker
from chassis.dead_letters import DeadLetter
from chassis.failures import (
    BreakerOpen,
    Failure,
    Unprocessable,
    cause,
    isolate,
    words,
)
from chassis.records import Record
from chassis.unit import Received, Unit
from contracts.event import Event

log = structlog.get_logger()

Judge = Callable[[BaseException], Failure]
UNKNOWN_TIME = datetime.fromtimestamp(0, UTC)
"""What the envelope of an event that says no time has instead."""


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """A record and the event it holds; ``order`` is that of one aggregate's events."""

    record: Record
    received: Received[Any]
    order: tuple[str, int]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that is no event for us, and why."""

    record: Record
    reason: str


Opened = Arrival | DeadLetter | Skipped


@dataclass(slots=True)
class Handler:
    """A function and the types of events it is given."""

    name: str
    types: tuple[type[Event], ...]
    function: Callable[..., Awaitable[None]]
    breaker: Breaker = field(default_factory=Breaker)


class Batch:
    """Records on their way through one transaction; a failed commit leaves nothing behind."""

    def __init__(
        self,
        listener: str,
        handlers: Sequence[Handler],
        opened: Sequence[Opened],
        judge: Judge,
    ) -> None:
        """``opened`` says of each record what it is."""
        self._listener = listener
        self._handlers = handlers
        self._arrivals = [found for found in opened if isinstance(found, Arrival)]
        self.dead = [found for found in opened if isinstance(found, DeadLetter)]
        """What could not be applied, and why."""
        self.skipped = Counter(found.reason for found in opened if isinstance(found, Skipped))
        """Why records are no event for us, and how many of them."""
        self._judge = judge
        self._new: list[Arrival] = []
        self._failed: dict[UUID, Exception] = {}
        self._ended: list[tuple[Handler, int, int]] = []
        self._began = perf_counter()

    async def apply(self, unit: Unit) -> None:
        """Apply what can be applied; an error means that the unit must not be committed."""
        await self._claim(unit)
        for handler in self._handlers:
            mine = [a for a in self._new if type(a.received.event) in handler.types]
            if mine:
                await self._handle(handler, sorted(mine, key=lambda a: a.order), unit)
        if self._failed:
            await inbox.forget(unit.session, self._listener, list(self._failed))
            self._bury()

    async def set_aside(self, unit: Unit) -> None:
        """Keep what could not be applied as dead letters."""
        if self.dead:
            await dead_letters.write(unit.session, self._listener, self.dead, unit.now)

    def applied(self) -> set[Record]:
        """The records whose events are new and took effect."""
        return {a.record for a in self._new if a.received.id not in self._failed}

    def _bury(self) -> None:
        """Make a letter of each record whose event failed; two may hold an event of one id."""
        failed = {a.record: a for a in self._arrivals if a.received.id in self._failed}
        self.dead += [_letter(a, self._failed[a.received.id]) for a in failed.values()]

    async def _claim(self, unit: Unit) -> None:
        by_id: dict[UUID, Arrival] = {}
        for arrival in self._arrivals:
            by_id.setdefault(arrival.received.id, arrival)
        today = unit.now.date()
        claimed = await inbox.claim(unit.session, self._listener, by_id, today) if by_id else ()
        self._new = [arrival for known, arrival in by_id.items() if known in claimed]

    async def _handle(self, handler: Handler, arrivals: Sequence[Arrival], unit: Unit) -> None:
        bugs = 0

        async def apply(part: Sequence[Arrival]) -> None:
            async with unit.savepoint():
                await handler.function([arrival.received for arrival in part], unit)

        def set_aside(arrival: Arrival, error: Exception) -> None:
            nonlocal bugs
            if self._judge(error) is Failure.BUG:
                bugs += 1
                if handler.breaker.trips(len(arrivals), bugs):
                    raise BreakerOpen(handler.name) from error
            self._failed[arrival.received.id] = error

        await isolate(arrivals, apply, self._blame, set_aside)
        self._ended.append((handler, len(arrivals), bugs))

    def _blame(self, error: Exception, part: Sequence[Arrival]) -> int | None:
        if self._judge(error) in {Failure.INFRASTRUCTURE, Failure.CONFLICT}:
            raise error
        named = error.received if isinstance(error, Unprocessable) else None
        return next((at for at, arrival in enumerate(part) if arrival.received is named), None)

    def count(self) -> None:
        """Tell metrics, logs and breakers what was committed."""
        name, now = self._listener, clock.now()
        metrics.BATCH_SECONDS.labels(name).observe(perf_counter() - self._began)
        metrics.INBOX_DUPLICATES.labels(name).inc(len(self._arrivals) - len(self._new))
        for reason, records in self.skipped.items():
            metrics.RECORDS_SKIPPED.labels(name, reason).inc(records)
        for handler, records, bugs in self._ended:
            handler.breaker.note(records, bugs)
            metrics.INBOX_PROCESSED.labels(name, handler.name).inc(records)
        age = metrics.EVENT_AGE.labels(name)
        for told_at in (arrival.received.time for arrival in self._new):
            if told_at > UNKNOWN_TIME:
                age.observe((now - told_at).total_seconds())
        for letter in self.dead:
            metrics.DEAD_LETTERS.labels(name, letter.stage, letter.cause).inc()
            log.warning("record_set_aside", listener=name, **letter.summary())


def _letter(arrival: Arrival, error: Exception) -> DeadLetter:
    received = arrival.received
    about = (received.id, received.event.type, received.event.key)
    return DeadLetter(arrival.record, "handler", cause(error), words(error), *about)
