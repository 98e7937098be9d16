"""The topics of topics.yaml are the ones the events name, and Kafka has them as declared."""

from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from contracts import registry
from deploy.kafka import topics
from tests.stack import Stack

LOCAL = {topic.name: topic for topic in topics.declared("local")}


@pytest.fixture
async def admin(stack: Stack) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.bootstrap)
    await admin.start()
    yield admin
    await admin.close()


async def config_of(admin: AIOKafkaAdminClient, topic: str) -> dict[str, str]:
    resource = ConfigResource(ConfigResourceType.TOPIC, topic)
    (answer,) = await admin.describe_configs([resource])
    return {name: value for name, value, *_ in answer.resources[0][4]}


def test_every_event_has_its_topic_declared() -> None:
    assert {event.topic for event in registry.EVENTS} == set(LOCAL)


def test_production_has_twelve_partitions_on_three_nodes() -> None:
    sizes = {
        (topic.partitions, topic.replication_factor) for topic in topics.declared("production")
    }
    assert sizes == {(12, 3)}


@pytest.mark.parametrize("name", LOCAL)
async def test_kafka_has_the_topic_as_declared(admin: AIOKafkaAdminClient, name: str) -> None:
    (description,) = await admin.describe_topics([name])
    assert len(description["partitions"]) == LOCAL[name].partitions
    config = await config_of(admin, name)
    assert LOCAL[name].config.items() <= config.items()


async def test_only_the_catalogue_is_kept_for_ever(admin: AIOKafkaAdminClient) -> None:
    kept = {name: (await config_of(admin, name))["retention.ms"] for name in LOCAL}
    fortnight = str(14 * 24 * 3600 * 1000)
    assert kept == dict.fromkeys(LOCAL, fortnight) | {"submission.catalogue": "-1"}


async def test_what_was_changed_by_hand_is_put_back(
    stack: Stack, admin: AIOKafkaAdminClient
) -> None:
    changed = {"retention.ms": "1000", "max.message.bytes": "1000"}
    name = "aggregation.figures"
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=changed)])
    await topics.apply(stack.bootstrap, "local")
    config = await config_of(admin, name)
    assert (config["retention.ms"], config["max.message.bytes"]) == ("1209600000", "524288")


async def test_partitions_are_never_added_silently(admin: AIOKafkaAdminClient) -> None:
    more = topics.Topic("submission.reports", partitions=5, replication_factor=1, config={})
    with pytest.raises(topics.TopicsRefusedError, match="4 partitions where 5 are declared"):
        await topics.compare_partitions(admin, [more])
