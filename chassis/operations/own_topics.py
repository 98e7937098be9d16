"""What a service once told: read from its own topics, where its database lost the newest of it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.reader import Reader, read_leniently
from chassis.records import Record
from chassis.unit import Received, Unit
from contracts import envelope
from contracts.event import Event
from contracts.registry import BY_TYPE

AT_ONCE: Final = 500
WAIT_MILLISECONDS: Final = 1_000
BEGINNING: Final = datetime.fromtimestamp(0).astimezone()
"""Since when, where the whole log is meant."""


class TakingBack(Protocol):
    """Takes events back that a service told and its database does not know."""

    async def __call__(self, events: Sequence[Received[Any]], unit: Unit) -> int:
        """Keep those that are missing, in the order of their sequence; how many they were."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a service tells, as far as a restore is concerned.

    ``topics`` are read one after another, whole. ``numbered`` are the types whose sequence must
    never be given twice, and ``highest`` says as SQL how far the database's own numbers go.
    """

    topics: tuple[str, ...] = ()
    numbered: tuple[type[Event], ...] = ()
    highest: str = "SELECT 0"
    taking_back: Callable[[], TakingBack] | None = None
    step: Callable[[Unit], Awaitable[str]] | None = None
    """What else is stepped, with the owner's rights; what it did, in words."""


async def partitions(consumer: AIOKafkaConsumer, topics: Sequence[str]) -> list[TopicPartition]:
    """Every partition of the topics."""
    found = []
    for topic in topics:
        numbers = consumer.partitions_for_topic(topic) or await _asked(consumer, topic)
        found += [TopicPartition(topic, number) for number in sorted(numbers)]
    return found


async def _asked(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    await consumer._client.force_metadata_update()  # noqa: SLF001 - of a topic not subscribed to
    await consumer._client.add_topic(topic)  # noqa: SLF001
    return consumer.partitions_for_topic(topic) or set()


async def places(
    consumer: AIOKafkaConsumer, topics: Sequence[str], since: datetime
) -> dict[TopicPartition, int]:
    """The first offset at or after an instant, by partition; the log's end where there is none."""
    tps = await partitions(consumer, topics)
    milliseconds = max(0, int(since.timestamp() * 1000))
    first = await consumer.offsets_for_times(dict.fromkeys(tps, milliseconds))
    ends = await consumer.end_offsets(tps)
    return {tp: at.offset if (at := first.get(tp)) else ends[tp] for tp in tps}


async def events(bootstrap: str, topic: str, since: datetime) -> AsyncIterator[list[Received[Any]]]:
    """The events of a topic from an instant to where it ends now; what is none is passed over."""
    read_leniently()
    consumer = Reader(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        begin = await places(consumer, [topic], since)
        ends = await consumer.end_offsets(list(begin))
        left = {tp for tp, at in begin.items() if at < ends[tp]}
        consumer.assign(list(left))
        for tp in left:
            consumer.seek(tp, begin[tp])
        while left:
            found = await consumer.getmany(timeout_ms=WAIT_MILLISECONDS, max_records=AT_ONCE)
            records = [Record.of(raw) for raws in found.values() for raw in raws]
            yield [received for record in records if (received := _opened(record))]
            for tp in list(left):
                if await consumer.position(tp) >= ends[tp]:
                    left.discard(tp)
    finally:
        await consumer.stop()


def _opened(record: Record) -> Received[Any] | None:
    """The event of a record that its only writer told."""
    try:
        sealed, data = envelope.read(record.headers, record.value or b"")
        kind = BY_TYPE[sealed.type]
        if (record.topic, sealed.source) != (kind.topic, kind.source):
            return None
        event = kind.model_validate_json(data)
    except (ValueError, KeyError):
        return None
    return Received(event, sealed.id, sealed.time, sealed.correlation_id, sealed.source)
