"""A small service that exists only to test the bus: one event, one table, its own topics."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from time import monotonic
from types import MappingProxyType
from typing import ClassVar, Protocol
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from sqlalchemy import text

from chassis.database import Database
from chassis.records import LOSSLESS, Record
from chassis.unit import Received, Unit
from contracts.event import Event
from tests.stack import ROOT, Stack

LZ4 = 3
"""A broker that has to compress a batch itself mends the names of headers on the way."""
NO_CONFIG: Mapping[str, str] = MappingProxyType({})
SCHEMA = "validation"
"""The schema of a real service: roles and their rights are the real ones."""

TABLES = """
CREATE TABLE applied (key text, sequence bigint, times integer, note text,
                      PRIMARY KEY (key, sequence));
"""


class Runs(Protocol):
    """A background loop."""

    async def run(self) -> None:
        """Go on until cancelled."""


class Counted(Event):
    """Something was counted."""

    type: ClassVar[str] = "wardline.test.counted.v1"
    topic: ClassVar[str] = "test.counted"
    source: ClassVar[str] = "/test"

    name: str
    number: int
    note: str = ""

    @property
    def key(self) -> str:
        """Its name."""
        return self.name

    @property
    def sequence(self) -> int:
        """Its number."""
        return self.number


class Renamed(Counted):
    """Something of the same aggregate, of another type."""

    type: ClassVar[str] = "wardline.test.renamed.v1"


def counted_on(topic: str) -> type[Counted]:
    """An event of a type of its own, on a topic that only one test uses."""
    named = {"topic": topic, "type": f"wardline.{topic}.v1", "__module__": __name__}
    return type("Counted", (Counted,), named)


def prepare(stack: Stack, database: str) -> None:
    """Give a database's test schema the chassis' tables and those of the test service."""
    scripts = [ROOT / "chassis" / "sql" / f"{name}.sql" for name in ("v1", "v2", "v3", "v4")]
    chassis = "".join(script.read_text() for script in scripts)
    owner = f"SET ROLE {SCHEMA}_owner; SET search_path = {SCHEMA};"
    stack.psql("-c", f"{owner} {chassis} {TABLES}", database=database)


async def apply(events: Sequence[Received[Counted]], unit: Unit) -> None:
    """Write each event down and count how often it was applied."""
    await unit.session.execute(
        text("""
            INSERT INTO applied AS known (key, sequence, times, note)
            SELECT key, sequence, 1, note
            FROM unnest(CAST(:keys AS text[]), CAST(:sequences AS bigint[]), CAST(:notes AS text[]))
                 AS event (key, sequence, note)
            ON CONFLICT (key, sequence) DO UPDATE SET times = known.times + 1
        """),
        {
            "keys": [received.event.name for received in events],
            "sequences": [received.event.number for received in events],
            "notes": [received.event.note for received in events],
        },
    )


async def applied(database: Database) -> dict[tuple[str, int], int]:
    """What was applied, and how often."""
    async with database.unit() as unit:
        rows = await unit.session.execute(text("SELECT key, sequence, times FROM applied"))
        return {(key, sequence): times for key, sequence, times in rows}


def some_topic() -> str:
    """A name that no other test uses."""
    return f"test.{uuid4().hex[:12]}"


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 20.0) -> None:
    """Return as soon as the condition holds; fail when it does not within a deadline."""
    deadline = monotonic() + seconds
    while not await condition():
        assert monotonic() < deadline, f"not within {seconds} s"
        await asyncio.sleep(0.02)


async def make_topic(
    bootstrap: str, name: str, partitions: int = 1, config: Mapping[str, str] = NO_CONFIG
) -> None:
    """A topic with the configuration of the line's own."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        settings = {"max.message.bytes": "524288", "compression.type": "producer", **config}
        await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=settings)])
    finally:
        await admin.close()


async def configure(bootstrap: str, topic: str, config: dict[str, str]) -> None:
    """Change a topic's configuration."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=config)])
    finally:
        await admin.close()


class RawName(str):
    """A header's name that is written as the bytes it stands for."""

    __slots__ = ()

    def encode(self, _encoding: str = "utf-8", _errors: str = "strict") -> bytes:
        """The bytes, whether they are UTF-8 or not."""
        return super().encode("utf-8", LOSSLESS)


async def send(bootstrap: str, records: Iterable[Record]) -> list[Record]:
    """Put records into Kafka byte for byte, in order; each in a batch of its own.

    They are returned with the offsets they have got.

    A small batch is sent as it is, uncompressed; so is one that does not get smaller.
    """
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    sent: list[Record] = []
    try:
        for record in records:
            batch = producer.create_batch()
            batch._builder = _DefaultRecordBatchBuilderPy(2, LZ4, 0, -1, -1, 0, 1_000_000)
            headers = [(RawName(name), value) for name, value in record.headers]
            batch.append(timestamp=None, key=record.key, value=record.value, headers=headers)
            future = await producer.send_batch(batch, record.topic, partition=record.partition)
            sent.append(replace(record, offset=(await future).offset))
    finally:
        await producer.stop()
    return sent


async def everything_in(bootstrap: str, topic: str, count: int) -> list[Record]:
    """The first ``count`` records of a topic."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            return [Record.of(await consumer.getone()) for _ in range(count)]
    finally:
        await consumer.stop()


@asynccontextmanager
async def running(loop: Runs) -> AsyncIterator[None]:
    """A relay or a subscriber, at work for the length of the block."""
    task = asyncio.create_task(loop.run())
    try:
        yield
    finally:
        by_itself = task.done()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert not by_itself, "a loop never ends"
