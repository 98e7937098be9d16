"""How much the topics hold, and how much of it a consumer group has applied."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

Offsets = dict[TopicPartition, int]


class Held(NamedTuple):
    """The first offset of each partition and the one after its last."""

    starts: Offsets
    ends: Offsets

    @property
    def records(self) -> int:
        """How many records there are to read."""
        return sum(self.ends[at] - start for at, start in self.starts.items())

    @property
    def trimmed(self) -> list[str]:
        """The partitions of which the beginning is gone."""
        return [f"{at.topic}/{at.partition}" for at, start in self.starts.items() if start > 0]


class Topics:
    """Looks at topics as one consumer group, without joining it."""

    def __init__(self, bootstrap: str, group: str, topics: Sequence[str]) -> None:
        """``bootstrap`` is ``host:port,…``."""
        self._names = topics
        self._consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False
        )

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        with suppress(KafkaError):
            await self._consumer.stop()

    async def held(self) -> Held:
        """What the topics hold now; raises `LookupError` where one is not there."""
        cluster = await self._consumer._client.fetch_all_metadata()  # noqa: SLF001 - it subscribes to none
        places = [
            TopicPartition(name, number)
            for name in self._names
            for number in sorted(cluster.partitions_for_topic(name) or ())
        ]
        if missing := set(self._names) - {place.topic for place in places}:
            raise LookupError(f"Kafka has no {', '.join(sorted(missing))}")
        starts = await self._consumer.beginning_offsets(places)
        return Held(starts, await self._consumer.end_offsets(places))

    async def applied(self, held: Held) -> int:
        """How many of those records the group has applied."""
        done = 0
        for at, start in held.starts.items():
            committed = await self._consumer.committed(at) or start
            done += min(max(committed, start), held.ends[at]) - start
        return done
