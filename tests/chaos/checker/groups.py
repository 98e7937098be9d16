"""I11: at rest nothing waits in Kafka, and every partition has somebody who reads it."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

from tests.chaos.checker.evidence import HEARS, SERVICES, TOPIC_OF, TOPICS, Evidence, Group
from tests.chaos.checker.verdict import Findings, Verdict

Ends = Mapping[tuple[str, int], int]
PATIENCE_SECONDS: Final = 60.0


async def ends(bootstrap: str) -> Ends:
    """Where each partition of the line's topics ends."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await consumer.start()
        try:
            await consumer._client.set_topics(TOPICS)
            partitions = [
                TopicPartition(topic, number)
                for topic in TOPICS
                for number in consumer.partitions_for_topic(topic) or ()
            ]
            found = await consumer.end_offsets(partitions)
        finally:
            await consumer.stop()
    return {(at.topic, at.partition): end for at, end in found.items()}


async def groups(bootstrap: str) -> Mapping[str, Group]:
    """The four consumer groups as the broker sees them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await admin.start()
        try:
            return {name: await _group(admin, name) for name in SERVICES}
        finally:
            await admin.close()


async def _group(admin: Any, name: str) -> Group:  # noqa: ANN401 - aiokafka is untyped
    offsets = await admin.list_consumer_group_offsets(name)
    answers = await admin.describe_consumer_groups([name])
    described = answers[0].groups[0]
    state, members = described[2], described[5]
    return Group(
        name,
        state,
        frozenset(_owned(member[-1] for member in members)),
        {(at.topic, at.partition): kept.offset for at, kept in offsets.items()},
    )


def _owned(assignments: Iterable[bytes]) -> Iterable[tuple[str, int]]:
    for assignment in filter(None, assignments):
        for topic, numbers in ConsumerProtocolMemberAssignment.decode(assignment).assignment:
            yield from ((topic, number) for number in numbers)


def nothing_waits(evidence: Evidence) -> Verdict:
    """I11."""
    found = Findings("I11", "lag is 0 and every partition is owned")
    for service in SERVICES:
        group = evidence.groups.get(service)
        topics = {TOPIC_OF[type_] for type_ in HEARS[service]}
        if group is None or group.state != "Stable":
            state = group.state if group else "not there"
            found.mismatched(f"the group {service} is {state}, not stable")
        for at, end in evidence.ends.items():
            if at[0] in topics:
                found.counted += 1
                _partition(found, service, group, at, end)
    return found.verdict()


def _partition(
    found: Findings, service: str, group: Group | None, at: tuple[str, int], end: int
) -> None:
    where = f"{at[0]}/{at[1]}"
    if group is None or at not in group.owned:
        found.mismatched(f"nobody of {service} reads {where}")
    read = group.committed.get(at, 0) if group else 0
    if end - read:
        found.lost(f"{service} is {end - read} records behind in {where}")
