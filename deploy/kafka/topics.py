"""Makes a Kafka cluster have the topics of topics.yaml, no matter how often it is run."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

SETTLING_TURNS, SETTLING_SECONDS = 150, 0.1
DECLARATION = Path(__file__).with_name("topics.yaml")


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it shall be."""

    name: str
    partitions: int
    replication_factor: int
    config: dict[str, str]


class TopicsRefusedError(Exception):
    """The cluster cannot be made to have the declared topics; the message says which and why."""


def declared(profile: str) -> list[Topic]:
    """The topics of topics.yaml in one profile: ``local`` or ``production``."""
    declaration = yaml.safe_load(DECLARATION.read_text(encoding="utf-8"))
    sizes = declaration["profiles"][profile]
    shared = declaration["config"] | sizes.get("config", {})
    return [
        Topic(
            name=name,
            partitions=sizes["partitions"],
            replication_factor=sizes["replication_factor"],
            config={key: str(value) for key, value in (shared | topic.get("config", {})).items()},
        )
        for name, topic in declaration["topics"].items()
    ]


async def apply(bootstrap: str, profile: str) -> None:
    """Create what is missing and set every topic's configuration.

    Raises TopicsRefusedError for a topic with another number of partitions: adding some would send
    a key's later records elsewhere than its earlier ones, so that is for a person to decide.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        topics = declared(profile)
        await create(admin, topics)
        await compare_partitions(admin, topics)
        await configure(admin, topics)
    finally:
        await admin.close()


async def create(admin: AIOKafkaAdminClient, topics: list[Topic]) -> None:
    """Create the topics; one that is there already is left alone."""
    wanted = [
        NewTopic(topic.name, topic.partitions, topic.replication_factor, topic_configs=topic.config)
        for topic in topics
    ]
    answer = await admin.create_topics(wanted)
    for name, code, *message in answer.topic_errors:
        if code not in {0, TopicAlreadyExistsError.errno}:
            raise TopicsRefusedError(f"{name}: {for_code(code).__name__} {message}")


async def compare_partitions(admin: AIOKafkaAdminClient, topics: list[Topic]) -> None:
    """Refuse a topic that has another number of partitions than declared."""
    has = await partitions(admin, [topic.name for topic in topics])
    for topic in topics:
        if has[topic.name] != topic.partitions:
            counts = f"{has[topic.name]} partitions where {topic.partitions} are declared"
            raise TopicsRefusedError(f"{topic.name} has {counts}")


async def partitions(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    """How many partitions each topic has, once the broker knows all of them."""
    for _ in range(SETTLING_TURNS):
        found: list[dict[str, Any]] = await admin.describe_topics(names)
        has = {description["topic"]: len(description["partitions"]) for description in found}
        if all(has.values()):
            return has
        await asyncio.sleep(SETTLING_SECONDS)
    raise TopicsRefusedError(f"the broker does not know {', '.join(names)}")


async def configure(admin: AIOKafkaAdminClient, topics: list[Topic]) -> None:
    """Set every topic's configuration; a setting that is not declared returns to its default."""
    resources = [
        ConfigResource(ConfigResourceType.TOPIC, topic.name, configs=topic.config)
        for topic in topics
    ]
    for answer in await admin.alter_configs(resources):
        for code, message, _, name in answer.resources:
            if code:
                raise TopicsRefusedError(f"{name}: {for_code(code).__name__} {message}")
