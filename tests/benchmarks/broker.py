"""What the benchmark does with Kafka itself: fill topics, empty them, set a group's place."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, OffsetAndMetadata, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.errors import CommitFailedError, UnknownTopicOrPartitionError

from tests.benchmarks.reports import Wire
from tests.benchmarks.waiting import TooLongError

UNDER_WAY = 5_000
REWINDS = 60


async def write(bootstrap: str, records: Iterable[Wire]) -> int:
    """Write records in their order within each partition; how many there were."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        max_batch_size=131_072,
        linger_ms=5,
    )
    await producer.start()
    count, waiting = 0, []
    try:
        for record in records:
            waiting.append(
                await producer.send(
                    record.topic, record.value, key=record.key, headers=record.headers
                )
            )
            count += 1
            if len(waiting) >= UNDER_WAY:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)
    finally:
        await producer.stop()
    return count


async def ends(bootstrap: str, *topics: str) -> dict[TopicPartition, int]:
    """The next offset of every partition."""
    async with AIOKafkaConsumer(*topics, bootstrap_servers=bootstrap) as consumer:
        found: dict[TopicPartition, int] = await consumer.end_offsets(
            await places(consumer, topics)
        )
        return found


async def begins(bootstrap: str, *topics: str) -> dict[TopicPartition, int]:
    """The first offset of every partition at which a record can still be."""
    async with AIOKafkaConsumer(*topics, bootstrap_servers=bootstrap) as consumer:
        found: dict[TopicPartition, int] = await consumer.beginning_offsets(
            await places(consumer, topics)
        )
        return found


async def places(consumer: AIOKafkaConsumer, topics: Iterable[str]) -> list[TopicPartition]:
    """Every partition of these topics."""
    return [TopicPartition(t, part) for t in topics for part in await parts(consumer, t)]


async def parts(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    """The partitions of a topic, once they are known."""
    while not (known := consumer.partitions_for_topic(topic)):
        await consumer._client.force_metadata_update()
    return set(known)


async def empty(bootstrap: str, *topics: str) -> None:
    """Delete all records of these topics."""
    upto = await ends(bootstrap, *topics)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_records({at: RecordsToDelete(end) for at, end in upto.items() if end})
    finally:
        await admin.close()


async def rewind(bootstrap: str, group: str, *topics: str, to_end: bool = False) -> None:
    """Let a group start at the beginning of these topics, or at their end.

    Waits until nobody is in it: a member that left without a word is missed after 10 s.
    """
    for _ in range(REWINDS):
        with suppress(CommitFailedError):
            await _rewind(bootstrap, group, topics, to_end=to_end)
            return
        await asyncio.sleep(1.0)
    raise TooLongError(f"somebody stays in the group {group}")


async def _rewind(bootstrap: str, group: str, topics: Sequence[str], *, to_end: bool) -> None:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        consumer._client.set_topics(topics)
        await consumer._client.force_metadata_update()
        wanted = await places(consumer, topics)
        consumer.assign(wanted)
        find = consumer.end_offsets if to_end else consumer.beginning_offsets
        found = await find(wanted)
        await consumer.commit({at: OffsetAndMetadata(offset, "") for at, offset in found.items()})
    finally:
        await consumer.stop()


async def committed(bootstrap: str, group: str, topic: str) -> int:
    """How many of the records that are in a topic a group has committed."""
    first = await begins(bootstrap, topic)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        found = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return sum(max(0, at.offset - first[place]) for place, at in found.items() if place in first)


async def make(bootstrap: str, names: Sequence[str], partitions: int) -> None:
    """Topics of a contender's own; one that is there already is left alone."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1) for name in names])
    finally:
        await admin.close()


async def remove(bootstrap: str, prefix: str) -> None:
    """Delete every topic whose name begins so."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        names = [name for name in await admin.list_topics() if name.startswith(prefix)]
        if names:
            await admin.delete_topics(names)
    except UnknownTopicOrPartitionError:
        pass
    finally:
        await admin.close()
