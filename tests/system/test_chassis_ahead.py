"""Reading ahead of a transaction passes nothing over, and commits nothing before its time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.errors import KafkaError

from chassis.ahead import MOST_BYTES, SLICE, Delivery
from chassis.batch import Opened, Skipped
from chassis.consumer import Listener
from chassis.database import Database
from chassis.portions import MOST_RECORDS
from chassis.records import Record
from chassis.runtime import Runtime
from chassis.settings import ServiceSettings
from chassis.subscriber import Subscriber
from chassis.unit import Received, Unit
from tests import bus
from tests.bus import Counted
from tests.service.harness import record
from tests.stack import Stack

PARTITIONS = 3


class Desk(Listener):
    """A listener whose first transaction waits until it is told to go on; notes what it opens."""

    def __init__(self, event: type[Counted]) -> None:
        super().__init__(event.topic)
        self.places: list[tuple[int, int]] = []
        self.batches: list[int] = []
        self.began, self.may_end = asyncio.Event(), asyncio.Event()
        self.fails = False
        self.on(event)(self.handle)

    def open(self, record: Record) -> Opened:
        self.places.append((record.partition, record.offset))
        return super().open(record)

    async def handle(self, events: Sequence[Received[Any]], unit: Unit) -> None:
        self.batches.append(len(events))
        self.began.set()
        await self.may_end.wait()
        if self.fails:
            self.fails = False
            raise ConnectionRefusedError
        await bus.apply(events, unit)

    def has_opened(self, count: int) -> Callable[[], Awaitable[bool]]:
        async def whether() -> bool:
            return len(self.places) == count

        return whether


async def a_topic(stack: Stack) -> type[Counted]:
    topic = bus.some_topic()
    await bus.make_topic(stack.bootstrap, topic, PARTITIONS)
    return bus.counted_on(topic)


async def send(stack: Stack, event: type[Counted], numbers: range) -> None:
    some = [
        record(event(name=str(n % PARTITIONS), number=n), partition=n % PARTITIONS) for n in numbers
    ]
    await bus.send(stack.bootstrap, some)


async def committed(stack: Stack, group: str) -> int:
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.bootstrap)
    await admin.start()
    try:
        return sum(at.offset for at in (await admin.list_consumer_group_offsets(group)).values())
    finally:
        await admin.close()


def has(database: Database, count: int) -> Callable[[], Awaitable[bool]]:
    async def whether() -> bool:
        return len(await bus.applied(database)) == count

    return whether


async def reading_ahead(stack: Stack, desk: Desk, event: type[Counted]) -> int:
    """Bring a first transaction to its end, have it wait there, and have 30 records read ahead."""
    await desk.began.wait()
    await send(stack, event, range(30, 60))
    await bus.until(desk.has_opened(60))
    return desk.batches[0]


async def test_the_next_records_are_opened_and_not_committed(
    stack: Stack, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = await a_topic(stack)
    desk = Desk(event)
    await send(stack, event, range(30))

    subscriber = Subscriber(desk, database, stack.bootstrap)
    runtime = Runtime("test", ServiceSettings(), subscriber=subscriber)
    async with bus.running(subscriber):
        first = await reading_ahead(stack, desk, event)
        assert (await bus.applied(database), await committed(stack, event.topic)) == ({}, 0)
        assert not runtime.is_behind()
        monkeypatch.setattr("chassis.runtime.MANY_RECORDS", 40)
        assert runtime.is_behind(), "what was read ahead still waits to be heard"
        desk.may_end.set()
        await bus.until(has(database, 60))

    assert (await committed(stack, event.topic), len(desk.places)) == (60, 60)
    assert desk.batches[1] == 60 - first, "what was read ahead is one transaction"


async def test_a_transaction_that_fails_passes_over_nothing(
    stack: Stack, database: Database
) -> None:
    event = await a_topic(stack)
    desk = Desk(event)
    desk.fails = True
    await send(stack, event, range(30))

    async with bus.running(Subscriber(desk, database, stack.bootstrap)):
        await reading_ahead(stack, desk, event)
        desk.may_end.set()
        await bus.until(has(database, 60))

    assert set((await bus.applied(database)).values()) == {1}
    again = desk.places[60:]
    assert sorted(again) == sorted(desk.places[:60]), "all of it was read again"
    for partition in range(PARTITIONS):
        offsets = [offset for at, offset in again if at == partition]
        assert offsets == sorted(offsets)
    assert await committed(stack, event.topic) == 60


@pytest.mark.parametrize("slices", [1, 4])
@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("the handler is closed"),  # as uvloop says of a closed connection
        KafkaError("no such thing"),
    ],
)
async def test_a_client_that_fails_between_two_slices_passes_over_nothing(
    stack: Stack,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    slices: int,
) -> None:
    event = await a_topic(stack)
    desk, read, given = Desk(event), Fetcher.fetched_records, 0

    async def fails_once(self: Fetcher, *args: object, **settings: object) -> dict[object, object]:
        nonlocal given
        if given == slices:
            given += 1
            raise error
        found: dict[object, object] = await read(self, *args, **settings)
        given += bool(found)
        return found

    monkeypatch.setattr(Fetcher, "fetched_records", fails_once)
    await send(stack, event, range(3 * SLICE))
    async with bus.running(Subscriber(desk, database, stack.bootstrap)):
        await desk.began.wait()
        await send(stack, event, range(3 * SLICE, 6 * SLICE))
        desk.may_end.set()
        await bus.until(has(database, 6 * SLICE))

    assert given > slices, "it failed"
    assert set((await bus.applied(database)).values()) == {1}
    assert await committed(stack, event.topic) == 6 * SLICE


async def test_a_stop_leaves_to_others_what_was_read_ahead(
    stack: Stack, database: Database
) -> None:
    event = await a_topic(stack)
    desk = Desk(event)
    await send(stack, event, range(30))

    async with bus.running(Subscriber(desk, database, stack.bootstrap)):
        first = await reading_ahead(stack, desk, event)
        asyncio.get_running_loop().call_later(0.5, desk.may_end.set)
    assert len(await bus.applied(database)) == await committed(stack, event.topic) == first

    async with bus.running(Subscriber(desk, database, stack.bootstrap)):
        await bus.until(has(database, 60))
    assert sum(desk.batches) == 60, "nothing is done twice"


async def test_another_member_gets_what_was_read_ahead(stack: Stack, database: Database) -> None:
    event = await a_topic(stack)
    desk, other = Desk(event), Desk(event)
    other.may_end.set()
    await send(stack, event, range(30))

    async with bus.running(Subscriber(desk, database, stack.bootstrap)):
        first = await reading_ahead(stack, desk, event)
        async with bus.running(Subscriber(other, database, stack.bootstrap)):
            await asyncio.sleep(2)  # until the first has heard that it is to share
            desk.may_end.set()
            await bus.until(has(database, 60))

    assert set((await bus.applied(database)).values()) == {1}
    assert sum(desk.batches) + sum(other.batches) == 60, "nothing is done twice"
    assert desk.batches[0] == first
    assert other.batches


def test_a_delivery_is_full_by_number_or_by_size() -> None:
    def skipped(value: bytes) -> Opened:
        return Skipped(Record("t", 0, 0, 0, None, value, ()), "why")

    for values, is_full in (
        ([b""] * (MOST_RECORDS - 1), False),
        ([b""] * MOST_RECORDS, True),
        ([bytes(MOST_BYTES // 20)] * 19, False),
        ([bytes(MOST_BYTES // 20 + 1)] * 20, True),
    ):
        delivery = Delivery()
        delivery.add(TopicPartition("t", 0), [skipped(value) for value in values])
        assert delivery.is_full() is is_full
