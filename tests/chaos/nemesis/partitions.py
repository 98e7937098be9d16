"""Faults of the log's layout: a topic gets more partitions while it is written and read."""

import asyncio
from random import Random
from typing import Final

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.errors import for_code

from tests.chaos.cluster import Cluster
from tests.chaos.nemesis.fault import ON_TOPICS, Fault, Notes
from tests.chaos.nemesis.writing import PATIENCE_SECONDS, TOPICS

MOST: Final = 12
"""As in production."""


async def grow(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """A topic that still has few partitions gets twelve: its keys move.

    What was told of a key before and after then stands in two partitions and may be heard in any
    order; sequences have to cover it.
    """
    has = await counts(cluster.kafka_direct)
    small = sorted(topic for topic, partitions in has.items() if partitions < MOST)
    if not small:
        notes.say(nothing="every topic has twelve already")
        return
    topic = rng.choice(small)
    notes.say(topic, before=has[topic], after=MOST)
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.kafka_direct)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await admin.start()
        try:
            answer = await admin.create_partitions({topic: NewPartitions(MOST)})
            for name, code, message in answer.topic_errors:
                if code:
                    raise for_code(code)(f"{name}: {message}")
        finally:
            await admin.close()


async def counts(bootstrap: str) -> dict[str, int]:
    """How many partitions each of the line's topics has."""
    consumer = AIOKafkaConsumer(*TOPICS, bootstrap_servers=bootstrap, enable_auto_commit=False)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await consumer.start()
        try:
            return {topic: len(consumer.partitions_for_topic(topic) or ()) for topic in TOPICS}
        finally:
            await consumer.stop()


FAULTS: Final = (Fault("more-partitions", 1, grow, seconds=3, touches=ON_TOPICS),)
