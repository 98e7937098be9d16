"""Everything that was told on the topics, in the order of each partition."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

TOPICS = (
    "submission.catalogue",
    "submission.reports",
    "validation.reports",
    "aggregation.figures",
)
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Record:
    """One event as it stands in Kafka."""

    id: str
    key: str
    sequence: int
    timestamp: int
    event: dict[str, Any]


Told = Mapping[str, list[Record]]


def read(bootstrap: str) -> Told:
    """All of it, by topic, in the order of the broker's time."""
    return asyncio.run(_read(bootstrap))


async def _read(bootstrap: str) -> Told:
    told: dict[str, list[Record]] = defaultdict(list)
    consumer = AIOKafkaConsumer(
        *TOPICS, bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None
    )
    async with consumer:
        ends = await consumer.end_offsets(list(consumer.assignment()))
        while await _left(consumer, ends):
            for records in (await consumer.getmany(timeout_ms=500, max_records=AT_ONCE)).values():
                for raw in records:
                    told[raw.topic].append(_record(raw))
    for records in told.values():
        records.sort(key=lambda record: record.timestamp)
    return told


async def _left(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    return any([await consumer.position(tp) < end for tp, end in ends.items()])


def _record(raw: Any) -> Record:  # noqa: ANN401 - aiokafka is untyped
    headers = dict(raw.headers)
    return Record(
        headers["ce_id"].decode(),
        raw.key.decode(),
        int(headers["ce_sequence"]),
        raw.timestamp,
        json.loads(raw.value),
    )
