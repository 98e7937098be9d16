"""Reads slices of topics and writes records byte for byte, past the services' own relays."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from random import Random
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from aiokafka.partitioner import murmur2
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from chassis.reader import read_leniently
from chassis.records import Record
from tests.bus import LZ4, RawName

TOPICS: Final = (
    "submission.catalogue",
    "submission.reports",
    "validation.reports",
    "aggregation.figures",
)
PATIENCE_SECONDS: Final = 20.0
LARGEST_BATCH: Final = 40_000_000
Refused = MessageSizeTooLargeError


class Writer:
    """Somebody else who writes to the line's topics."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap, request_timeout_ms=10_000, max_request_size=LARGEST_BATCH
        )

    async def write(self, record: Record, compression: int = LZ4) -> Record:
        """Write one record where its key belongs, in a batch of its own; with its place.

        Raises:
            KafkaError, TimeoutError: it may have been written all the same.
            Refused: it was not written.
        """
        async with asyncio.timeout(PATIENCE_SECONDS):
            partitions = await self._producer.partitions_for(record.topic)
            partition = (murmur2(record.key or b"") & 0x7FFFFFFF) % len(partitions)
            batch = self._producer.create_batch()
            batch._builder = _DefaultRecordBatchBuilderPy(
                2, compression, 0, -1, -1, 0, LARGEST_BATCH
            )
            headers = [(RawName(name), value) for name, value in record.headers]
            batch.append(timestamp=None, key=record.key, value=record.value, headers=headers)
            future = await self._producer.send_batch(batch, record.topic, partition=partition)
            return replace(record, partition=partition, offset=(await future).offset)

    async def start(self) -> None:
        """Connect."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._producer.start()

    async def stop(self) -> None:
        """Let go, whether the broker is there or not."""
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._producer.stop()


@asynccontextmanager
async def writer(bootstrap: str) -> AsyncIterator[Writer]:
    """A writer, connected for the length of the block."""
    found = Writer(bootstrap)
    try:
        await found.start()
        yield found
    finally:
        await found.stop()


async def some(bootstrap: str, topic: str, random: Random, most: int) -> list[Record]:
    """Up to ``most`` records that follow each other in one partition, from a random place on."""
    read_leniently()
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await consumer.start()
            return await _read(consumer, topic, random, most)
    finally:
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await consumer.stop()


async def _read(consumer: Any, topic: str, random: Random, most: int) -> list[Record]:  # noqa: ANN401
    partitions = await _partitions(consumer, topic)
    starts = await consumer.beginning_offsets(partitions)
    ends = await consumer.end_offsets(partitions)
    filled = [at for at in partitions if ends[at] > starts[at]]
    if not filled:
        return []
    at = random.choice(filled)
    begin = random.randrange(starts[at], ends[at])
    consumer.assign([at])
    consumer.seek(at, begin)
    found: list[Record] = []
    while len(found) < most and await consumer.position(at) < ends[at]:
        delivered = await consumer.getmany(at, timeout_ms=500, max_records=most - len(found))
        found += [Record.of(raw) for raw in delivered.get(at, ())]
    return found


async def _partitions(consumer: Any, topic: str) -> list[TopicPartition]:  # noqa: ANN401
    await consumer._client.set_topics([topic])
    numbers: Iterable[int] = consumer.partitions_for_topic(topic) or ()
    return [TopicPartition(topic, number) for number in sorted(numbers)]
