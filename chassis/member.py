"""What a consumer hears of the partitions that it is given, and that are taken from it."""

import asyncio
from typing import Any, Final

import structlog
from aiokafka import TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError

from chassis import metrics
from chassis.hold import Hold
from chassis.progress import Progress

log = structlog.get_logger()

CHECK_SECONDS: Final = 10.0
DRAIN_SECONDS: Final = 20.0  # a group waits longer for a member to join again


class Member(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka is untyped
    """Lets one consumer apply only what is its own, and of which nothing is missing.

    Each consumer has its own: one that is being left may still hear of them when the next one has
    begun, and must not hold that one up.
    """

    def __init__(self, listener: str, progress: Progress, hold: Hold) -> None:
        self.checked = asyncio.Event()
        self.subscription: Any = None
        self._listener, self._progress, self._hold = listener, progress, hold

    async def on_partitions_revoked(self, _revoked: set[TopicPartition]) -> None:
        """Let the batch at hand and its commit end before others get its partitions."""
        self._hold.hurry(on=True)
        self.subscription.consumer.put_back()
        await self.subscription.lock.wait_release(DRAIN_SECONDS)
        self.checked.clear()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Check the log for gaps; until that is done nothing is applied."""
        metrics.CONSUMER_REBALANCES.labels(self._listener).inc()
        self._hold.hurry(on=False)
        consumer = self.subscription.consumer
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self._progress.assigned(consumer, assigned)
        except (KafkaError, OSError) as error:
            log.warning("gap_check_failed", reason=repr(error))
            consumer.give_up()
        else:
            self.checked.set()
