"""What a test sees of the real Kafka: how far it goes, who has heard it, what is in it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.partitioner import murmur2

from chassis.reader import read_leniently
from chassis.records import Record
from contracts.event import Event
from contracts.registry import BY_TYPE
from deploy.kafka.topics import declared
from tests import bus

PARTITIONS = {topic.name: topic.partitions for topic in declared("local")}
Marks = Mapping[Any, int]
"""Offsets by topic and partition."""


class Broker:
    """Looks at the line's topics; an async context manager."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        self._reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
        read_leniently()

    async def __aenter__(self) -> Self:
        await self._admin.start()
        await self._reader.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._reader.stop()
        await self._admin.close()

    async def ends(self, *topics: str) -> Marks:
        """The offsets that the next records will get."""
        partitions = [
            TopicPartition(topic, number)
            for topic in topics
            for number in range(PARTITIONS.get(topic, 1))
        ]
        found: Marks = await self._reader.end_offsets(partitions)
        return found

    async def has_heard(self, group: str, topic: str) -> bool:
        """Whether a service has applied everything that is in a topic now."""
        ends = await self.ends(topic)
        heard = await self._admin.list_consumer_group_offsets(group)
        return all(heard[at].offset >= end if at in heard else end == 0 for at, end in ends.items())

    async def offsets(self, group: str) -> dict[Any, int]:
        """Where a group goes on, by topic and partition."""
        heard = await self._admin.list_consumer_group_offsets(group)
        return {at: place.offset for at, place in heard.items()}

    async def since(self, marks: Marks) -> list[Record]:
        """Every record from the marks on, partition by partition."""
        ends = await self.ends(*{at.topic for at in marks})
        self._reader.assign(list(marks))
        for at, mark in marks.items():
            self._reader.seek(at, mark)
        found: dict[Any, list[Record]] = {at: [] for at in marks}
        for at, end in ends.items():
            while await self._reader.position(at) < end:
                record = Record.of(await self._reader.getone(at))
                found[at] += [record] if record.offset < end else []
        self._reader.unsubscribe()  # or every other question waits for the fetch under way
        return [record for at in sorted(found) for record in found[at]]

    async def send(self, records: Iterable[Record]) -> list[Record]:
        """Send records as they are, each where its key belongs; with the offsets they got."""
        return await bus.send(self._bootstrap, map(placed, records))


def placed(record: Record) -> Record:
    """The record in the partition that its writer's producer would have chosen."""
    hashed = murmur2(record.key or b"") & 0x7FFFFFFF
    return replace(record, partition=hashed % PARTITIONS[record.topic])


def header(record: Record, name: str) -> str:
    """A header of a good record."""
    return (dict(record.headers)[name] or b"").decode()


def event_in(record: Record) -> Event:
    """What a good record says."""
    return BY_TYPE[header(record, "ce_type")].model_validate_json(record.value or b"")
