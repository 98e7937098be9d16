"""Reads and opens the next records while a transaction applies those before them.

So PostgreSQL and this process are at work at the same time, each on a processor of its own.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any, Final

from aiokafka import TopicPartition
from faststream.kafka import KafkaMessage

from chassis.batch import Opened
from chassis.portions import MOST_RECORDS
from chassis.reader import Reader
from chassis.records import Record

SLICE: Final = 50
"""Records after which others of this process have their turn; it takes them about a millisecond."""
MOST_BYTES: Final = 8 * 1024 * 1024
"""Of values in one delivery: the largest reports are 400 KB each."""
LONGEST_SECONDS: Final = 2.0
"""A member of the group that reads on for ever would never be taken for stuck."""
NAP_SECONDS: Final = 0.01
IDLE_MILLISECONDS: Final = 1_000


@dataclass(slots=True)
class Delivery:
    """Records in the order of their partitions, as the listener opened them."""

    opened: list[Opened] = field(default_factory=list)
    firsts: dict[TopicPartition, Record] = field(default_factory=dict)
    """The first of each partition: where to go back to."""
    size: int = 0

    def add(self, tp: TopicPartition, opened: list[Opened]) -> None:
        """Take what follows in a partition."""
        self.firsts.setdefault(tp, opened[0].record)
        self.opened += opened
        self.size += sum(len(each.record.value or b"") for each in opened)

    def is_full(self) -> bool:
        """Whether it is enough for one transaction."""
        return len(self.opened) >= MOST_RECORDS or self.size >= MOST_BYTES


class ReaderAhead(Reader):
    """Gives out deliveries, and commits no more than it gave out."""

    def __init__(self, *args: Any, opens: Callable[[Record], Opened], **settings: Any) -> None:  # noqa: ANN401
        """``opens`` says what a record is; it raises for none."""
        super().__init__(*args, **settings)
        self._opens = opens
        self._ahead = Delivery()
        self._reading: asyncio.Task[None] | None = None
        self._wanted = asyncio.Event()
        self._given: dict[TopicPartition, int] = {}

    async def getmany(self, *_: TopicPartition, **__: Any) -> dict[str, list[Delivery]]:  # noqa: ANN401
        """The next delivery; what follows it is read from now on. Nothing when nothing waits."""
        delivery = await self._read_by_now()
        if not delivery.opened:
            await self._wait_for(delivery)
        if not delivery.opened:
            return {}
        self._given = self.positions()
        self._ahead = Delivery()
        self._reading = asyncio.create_task(self._read_on(self._ahead))
        return {"": [delivery]}

    async def commit(self, *_: Any) -> None:  # noqa: ANN401
        """Commit what was given out, and not what has been read since."""
        assigned = self.assignment()
        if given := {tp: at for tp, at in self._given.items() if tp in assigned}:
            await super().commit(given)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Go to an offset; what was read ahead is read again, for it is behind that."""
        self.put_back()
        super().seek(partition, offset)

    def put_back(self) -> None:
        """Forget what was read ahead, and go back to where it began."""
        if self._reading is None:
            return
        self._reading.cancel()
        self._reading = None
        self._go_back(self._ahead)

    async def stop(self) -> None:
        """Leave the group."""
        self.put_back()
        await super().stop()

    def _go_back(self, delivery: Delivery) -> None:
        """Let what nobody is given be read again."""
        assigned = self.assignment()
        for tp, first in delivery.firsts.items():
            if tp in assigned:
                super().seek(tp, first.offset)

    async def _wait_for(self, delivery: Delivery) -> None:
        """Wait a while for something, and take all of it."""
        try:
            await self._take(delivery, IDLE_MILLISECONDS)
            await self._fill(delivery)
        except BaseException:
            self._go_back(delivery)
            raise

    async def _read_by_now(self) -> Delivery:
        """What was read ahead, filled with what waits; an error comes when it is met alone."""
        reading, ahead = self._reading, self._ahead
        if reading is None:
            return Delivery()
        self._wanted.set()
        try:
            await asyncio.wait({reading})
        finally:
            self._wanted.clear()
        if self._reading is not reading:
            return Delivery()  # it was put back meanwhile
        self._reading = None
        error = reading.exception()
        if error and not ahead.opened:
            raise error
        return ahead

    async def _read_on(self, ahead: Delivery) -> None:
        until = monotonic() + LONGEST_SECONDS
        while not ahead.is_full() and monotonic() < until:
            await self._fill(ahead)
            if self._wanted.is_set():
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(NAP_SECONDS):
                    await self._wanted.wait()

    async def _fill(self, delivery: Delivery) -> None:
        """Take what has arrived, as far as there is room."""
        while not delivery.is_full():
            if not await self._take(delivery):
                return

    async def _take(self, delivery: Delivery, milliseconds: int = 0) -> bool:
        """Take the next slice; whether there was one. Without ``milliseconds`` nothing is awaited.

        So a reading that is cancelled has not drained records that nobody has.
        """
        if not milliseconds and self._subscription.reassignment_in_progress:
            return False
        found = await super().getmany(timeout_ms=milliseconds, max_records=SLICE)
        for tp, raws in found.items():
            delivery.add(tp, [self._opens(Record.of(raw)) for raw in raws])
        await asyncio.sleep(0)
        return bool(found)


async def parse(batch: tuple[Delivery], original: Any) -> KafkaMessage:  # noqa: ANN401
    """FastStream's parser; never raises, or a batch would be skipped, then committed past."""
    [delivery] = batch
    firsts = tuple(delivery.firsts.values())
    message: KafkaMessage = await original((replace(firsts[0], headers=()),))
    message.raw_message = firsts  # where it goes back to when they cannot be applied
    message.body = delivery
    return message


async def delivered(message: KafkaMessage) -> Any:  # noqa: ANN401
    """FastStream's decoder: what `parse` was given."""
    return message.body
