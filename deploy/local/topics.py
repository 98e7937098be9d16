"""The topics on the local Kafka."""

import asyncio

from aiokafka.errors import KafkaError

from deploy.kafka import topics
from deploy.local.errors import StackError


def apply(bootstrap: str, profile: str = "local") -> None:
    """Make the declared topics; returns when the broker has them."""
    try:
        asyncio.run(topics.apply(bootstrap, profile))
    except (topics.TopicsRefusedError, KafkaError) as error:
        raise StackError(f"Kafka's topics: {error}") from error
