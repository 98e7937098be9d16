"""Fans one tail of a log out to every open stream of this replica."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from chassis import metrics
from chassis.limits import Places
from chassis.problems import Problem
from contracts.template import Text

BUFFER: Final = 256
"""Entries that wait for one reader; one who is further behind is dropped and comes again."""
MOST_STREAMS: Final = 5_000
STREAMS_EACH: Final = 10
"""What one caller may read at a time from a log of one replica; each tab of a browser is one."""

TOO_MANY: Final = Text(
    vi="Đang có quá nhiều kết nối trực tiếp, vui lòng thử lại sau.",
    en="Too many live connections are open; please try again later.",
)


class Entry(Protocol):
    """One line of a log."""

    @property
    def position(self) -> int:
        """Its place in the order of commits."""

    @property
    def audience(self) -> str:
        """Whom it is for; a reader names the audiences they belong to."""

    def frame(self, language: str) -> bytes:
        """The entry as a server-sent event."""


def _buffer() -> "asyncio.Queue[Entry | None]":
    return asyncio.Queue(BUFFER)


@dataclass(eq=False)
class Subscription:
    """One open stream: what it has not sent yet, and the position from which it is complete."""

    since: int
    _waiting: asyncio.Queue[Entry | None] = field(default_factory=_buffer)
    ended: bool = False

    async def next(self, seconds: float) -> Entry | None:
        """The next entry, or none when nothing came in time or the stream has ended."""
        try:
            async with asyncio.timeout(seconds):
                return await self._waiting.get()
        except TimeoutError:
            return None

    def offer(self, entry: Entry) -> None:
        """Queue an entry; a reader who is too slow ends here instead of growing memory."""
        try:
            self._waiting.put_nowait(entry)
        except asyncio.QueueFull:
            metrics.STREAMS_DROPPED.inc()
            self.end()

    def end(self) -> None:
        """Let the stream end as soon as it looks."""
        self.ended = True
        while not self._waiting.empty():
            self._waiting.get_nowait()
        self._waiting.put_nowait(None)


class Hub:
    """The open streams of one log, and how far its tail has come."""

    def __init__(self, log: str) -> None:
        """``log`` is what metrics call it."""
        self.log = log
        self.position = 0
        self.started = asyncio.Event()
        """Set once ``position`` is the log's and not the zero it starts with."""
        self._readers: dict[str, set[Subscription]] = defaultdict(set)
        self.places = Places(STREAMS_EACH)
        self.open = 0
        """How many streams there are."""

    def begin(self, position: int) -> None:
        """The log stands at ``position`` now; what follows is published."""
        self.position = position
        self.started.set()

    def publish(self, entries: Sequence[Entry]) -> None:
        """Give entries, in the order of positions, to whom they are for."""
        for entry in entries:
            for reader in tuple(self._readers.get(entry.audience, ())):
                if not reader.ended:
                    reader.offer(entry)
            self.position = entry.position

    @property
    def audiences(self) -> frozenset[str]:
        """Whom the open streams read for."""
        return frozenset(self._readers)

    def subscribe(self, audiences: Iterable[str]) -> Subscription:
        """Hear what comes after ``since``, exactly; raises 429 when too many do."""
        if self.open >= MOST_STREAMS:
            raise Problem(429, "too-many-streams", TOO_MANY, headers={"Retry-After": "30"})
        reader = Subscription(self.position)
        for audience in audiences:
            self._readers[audience].add(reader)
        self.open += 1
        metrics.STREAMS_OPEN.labels(self.log).set(self.open)
        return reader

    def leave(self, reader: Subscription) -> None:
        """Forget a stream."""
        for audience in [name for name, readers in self._readers.items() if reader in readers]:
            self._readers[audience].discard(reader)
            if not self._readers[audience]:
                del self._readers[audience]
        self.open -= 1
        metrics.STREAMS_OPEN.labels(self.log).set(self.open)
