"""The consumer on a real Kafka: hostile bytes, gaps, holds, rebalances, and a stop in order."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.errors import CorruptRecordException
from faststream import AckPolicy
from sqlalchemy import text

from chassis.consumer import Listener
from chassis.database import Database
from chassis.records import Record
from chassis.subscriber import Subscriber
from chassis.unit import Received, Unit
from tests import bus
from tests.bus import Counted
from tests.service.harness import record
from tests.stack import Stack

PADDING = "x" * 2_000
"""Long enough that compressing a record pays."""


async def a_topic(stack: Stack, partitions: int = 1) -> type[Counted]:
    topic = bus.some_topic()
    await bus.make_topic(stack.bootstrap, topic, partitions)
    return bus.counted_on(topic)


def some(event: type[Counted], name: str, count: int, *, start: int = 1) -> list[Record]:
    return [record(event(name=name, number=start + n, note=PADDING)) for n in range(count)]


def a_listener(*events: type[Counted], group: str = "") -> Listener:
    listener = Listener(group or events[0].topic)
    listener.on(*events)(bus.apply)
    return listener


async def has(database: Database, count: int) -> bool:
    return len(await bus.applied(database)) == count


async def dead(database: Database) -> list[Any]:
    async with database.unit() as unit:
        return list(await unit.session.execute(text("SELECT * FROM dead_letter")))


async def caught_up(subscriber: Subscriber) -> bool:
    lags = subscriber.lags()
    return bool(lags) and all(lag.messages == 0 for lag in lags)


def test_the_subscriber_is_set_up_so_that_nothing_is_lost(database: Database) -> None:
    subscriber = Subscriber(a_listener(Counted), database, "localhost:1")
    subscriber.subscribe()
    kafka = subscriber._subscription

    assert kafka.ack_policy is AckPolicy.NACK_ON_ERROR
    assert kafka._no_reply is True
    assert kafka._connection_args["enable_auto_commit"] is False
    assert kafka._connection_args["auto_offset_reset"] == "earliest"
    assert type(kafka).__name__ == "BatchSubscriber"
    assert kafka.topic_names == [Counted.topic]
    assert kafka.group_id == Counted.topic


async def test_a_header_name_that_is_no_text_costs_nobody_anything(
    stack: Stack, database: Database
) -> None:
    good, hostile = await a_topic(stack, 2), await a_topic(stack)
    odd = [
        replace(each, headers=(*each.headers, ("\udcff", b"\xff")))
        for each in some(hostile, "odd", 2)
    ]
    bad = [replace(each, headers=(("\udcff", None),)) for each in some(hostile, "bad", 2)]
    around = some(hostile, "around", 4)
    await bus.send(stack.bootstrap, [*around[:2], *odd, *bad, *around[2:]])
    await bus.send(
        stack.bootstrap,
        [replace(each, partition=n % 2) for n, each in enumerate(some(good, "good", 28))],
    )
    subscriber = Subscriber(a_listener(good, hostile), database, stack.bootstrap)

    async with bus.running(subscriber):
        await bus.until(lambda: has(database, 28 + 6))
        await bus.until(lambda: caught_up(subscriber))

    assert set((await bus.applied(database)).values()) == {1}
    letters = await dead(database)
    assert [letter.record_offset for letter in letters] == [4, 5]
    assert {bytes(letter.header_names[0]) for letter in letters} == {b"\xff"}


async def test_a_fetch_that_fails_half_way_is_made_again(
    stack: Stack, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [await a_topic(stack) for _ in range(3)]
    for event in events:
        await bus.send(stack.bootstrap, some(event, event.topic, 10))
    failures = iter([True])
    unpack = PartitionRecords._unpack_records

    def fail_at_first(self: PartitionRecords) -> Iterator[ConsumerRecord]:
        for number, each in enumerate(unpack(self)):
            if number == 5 and next(failures, False):
                raise CorruptRecordException
            yield each

    monkeypatch.setattr(PartitionRecords, "_unpack_records", fail_at_first)
    subscriber = Subscriber(a_listener(*events), database, stack.bootstrap)

    async with bus.running(subscriber):
        await bus.until(lambda: has(database, 30), 30)


async def test_a_reply_is_never_sent_where_a_sender_wants_it(
    stack: Stack, database: Database
) -> None:
    event, evil = await a_topic(stack), await a_topic(stack)

    async def answer(events: Sequence[Received[Any]], unit: Unit) -> dict[str, str]:
        await bus.apply(events, unit)
        return {"secret": "value"}

    listener = Listener(event.topic)
    listener.on(event)(answer)  # type: ignore[type-var] # a handler returns nothing
    (asking,) = some(event, "a", 1)
    reply = (*asking.headers, ("reply_to", evil.topic.encode()))
    await bus.send(stack.bootstrap, [replace(asking, headers=reply)])

    async with bus.running(Subscriber(listener, database, stack.bootstrap)):
        await bus.until(lambda: has(database, 1))
    await bus.send(stack.bootstrap, some(evil, "end", 1))
    (only,) = await bus.everything_in(stack.bootstrap, evil.topic, 1)
    assert b"end" in (only.value or b"")


async def test_what_the_log_lost_is_never_skipped_in_silence(
    stack: Stack, database: Database
) -> None:
    event = await a_topic(stack)
    await bus.send(stack.bootstrap, some(event, "a", 3))
    first = Subscriber(a_listener(event), database, stack.bootstrap)
    async with bus.running(first):
        await bus.until(lambda: has(database, 3))
    assert first.troubles() == []

    await bus.send(stack.bootstrap, some(event, "a", 4, start=4))
    await delete_before(stack, event.topic, 5)
    second = Subscriber(a_listener(event), database, stack.bootstrap)
    async with bus.running(second):
        await bus.until(lambda: has(database, 5))

    assert second.troubles() == [f"gap in {event.topic}/0: next is 3, the log has 5 to 7"]
    assert ("a", 4) not in await bus.applied(database)


async def test_a_log_that_lost_its_tail_is_told_of_and_read_from_its_start(
    stack: Stack, database: Database
) -> None:
    event = await a_topic(stack)
    records = some(event, "a", 3)
    await bus.send(stack.bootstrap, records)
    async with bus.running(Subscriber(a_listener(event), database, stack.bootstrap)):
        await bus.until(lambda: has(database, 3))
    await commit(stack, event.topic, 9)

    again = Subscriber(a_listener(event), database, stack.bootstrap)
    async with bus.running(again):
        await bus.send(stack.bootstrap, some(event, "b", 1))
        await bus.until(lambda: has(database, 4))

    assert again.troubles()[0].startswith(f"gap in {event.topic}/0: next is 9, the log has 0 to ")
    assert set((await bus.applied(database)).values()) == {1}


async def delete_before(stack: Stack, topic: str, offset: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.bootstrap)
    await admin.start()
    await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before_offset=offset)})
    await admin.close()


async def commit(stack: Stack, group: str, offset: int) -> None:
    """Let a group whose members are gone be further than its log, which is named like it."""
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.bootstrap, group_id=group)
    partition = TopicPartition(group, 0)
    consumer.assign([partition])
    await consumer.start()
    await consumer.commit({partition: offset})
    await consumer.stop()
