"""Follows the logs of this service: one look in 100 ms for all streams of a replica."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.breaker import Backoff
from chassis.database import Database
from chassis.pulse import Pulse
from services.notification.loops import patiently, sleep, written
from services.notification.streams.hub import Entry, Hub

POLL_SECONDS: Final = 0.1
READ_AT_ONCE: Final = 500


class Span(NamedTuple):
    """Which entries to read: after one position up to another, for some audiences."""

    after: int
    upto: int
    audiences: Collection[str]
    limit: int = READ_AT_ONCE


@dataclass(frozen=True, eq=False)
class Log:
    """A table whose positions rise in the order of commits."""

    table: str
    read: Callable[[AsyncSession, Span], Awaitable[Sequence[Entry]]]
    expendable: str = "true"
    """Which rows may be purged, as SQL."""
    _hubs: WeakKeyDictionary[Database, Hub] = field(default_factory=WeakKeyDictionary)

    def hub(self, database: Database) -> Hub:
        """The open streams of one replica."""
        return self._hubs.setdefault(database, Hub(self.table))


async def follow(database: Database, pulse: Pulse, logs: Sequence[Log]) -> None:
    """Publish what is written to the logs until cancelled, whatever becomes of the database."""
    await patiently(pulse, lambda backoff: _follow(database, pulse, logs, backoff))


async def _follow(database: Database, pulse: Pulse, logs: Sequence[Log], backoff: Backoff) -> None:
    heads = _heads(logs)
    connection = await database.dedicated()
    try:
        with written.sleeper() as woken:
            while True:
                woken.clear()
                pulse.beat()
                newest = await connection.fetchrow(heads)
                for log, position in zip(logs, newest or (), strict=True):
                    await _advance(database, log, position)
                backoff.reset()
                await sleep(woken, POLL_SECONDS)
    finally:
        connection.terminate()


def _heads(logs: Sequence[Log]) -> str:
    ends = (f"(SELECT coalesce(max(position), 0) FROM {log.table})" for log in logs)  # noqa: S608
    return f"SELECT {', '.join(ends)}"


async def _advance(database: Database, log: Log, newest: int) -> None:
    hub = log.hub(database)
    if not hub.started.is_set():
        hub.begin(newest)
    while hub.position < newest:
        audiences = hub.audiences
        if not audiences:
            hub.position = newest
            return
        span = Span(hub.position, newest, audiences)
        async with database.unit() as unit:
            entries = await log.read(unit.session, span)
        if hub.audiences - audiences:
            continue  # who came meanwhile is to have everything after this position too
        hub.publish(entries)
        if len(entries) < span.limit:
            hub.position = newest
