"""Keeps a listener fed from Kafka: joins its group, hands over batches, holds when it must."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import Any, Final

import structlog
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from chassis import metrics
from chassis.breaker import Backoff
from chassis.consumer import Listener
from chassis.database import Database
from chassis.failures import BreakerOpen, cause, is_infrastructure
from chassis.progress import Lag, Progress
from chassis.pulse import Pulse
from chassis.reader import Reader, read_leniently
from chassis.records import Record

log = structlog.get_logger()

START_SECONDS: Final = 50.0
CHECK_SECONDS: Final = 10.0
BREAKER_SECONDS: Final = 30.0
FINISH_SECONDS: Final = 8.0
"""A batch may take so long to end when the process is to stop; else it is rolled back."""
STOP_SECONDS: Final = 11.0
DRAIN_SECONDS: Final = 20.0
"""Well within the time that a group waits for a member to join again."""
METADATA_MS: Final = 10_000
"""A topic made after the group was joined is found so soon; aiokafka's own five minutes is late."""
SETTINGS: Final[dict[str, Any]] = {
    "batch": True,
    "max_records": 1_000,
    "batch_timeout_ms": 25,  # also how long it sleeps when there was nothing
    "ack_policy": AckPolicy.NACK_ON_ERROR,
    "no_reply": True,
    "auto_offset_reset": "earliest",
    "fetch_max_wait_ms": 100,
    "fetch_max_bytes": 8 * 1024 * 1024,
    "session_timeout_ms": 15_000,
    "heartbeat_interval_ms": 1_000,
    "rebalance_timeout_ms": 30_000,
    "max_poll_interval_ms": 300_000,
}
"""On the subscriber itself: what stands on a broker does not reach it through a router."""


class Subscriber(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka is untyped
    """One consumer group's member in this process; Kafka may be away at any time."""

    def __init__(self, listener: Listener, database: Database, bootstrap: str) -> None:
        """``bootstrap`` is ``host:port,…``."""
        read_leniently()
        self.pulse = Pulse("consumer")
        self.progress = Progress(listener.name)
        self._listener = listener
        self._database = database
        self._bootstrap = bootstrap
        self._subscription: Any = None
        self._backoff, self._restart = Backoff(), Backoff()
        self._checked, self._hurry = asyncio.Event(), asyncio.Event()
        self._held = ""

    async def run(self) -> None:
        """Go on until cancelled; what is being applied then may end first."""
        while True:
            broker = self.subscribe()
            try:
                await self._serve(broker)
            except (KafkaError, OSError) as error:
                log.warning("consumer_interrupted", reason=repr(error))
            finally:
                self._hurry.set()
                await self._leave(broker)
            metrics.CONSUMER_RESTARTS.labels(self._listener.name).inc()
            self.pulse.beat()
            await asyncio.sleep(self._restart.next())

    def troubles(self) -> list[str]:
        """Why this replica is not ready, as far as hearing goes."""
        gaps = [f"gap in {where}: {what}" for where, what in self.progress.gaps.items()]
        return gaps + ([f"breaker: {self._held}"] if self._held else [])

    def lags(self) -> list[Lag]:
        """What waits in each partition assigned here."""
        consumer = self._subscription and self._subscription.consumer
        return self.progress.lags(consumer) if consumer else []

    def subscribe(self) -> KafkaBroker:
        """A broker that is not started yet, with the one subscriber."""
        broker = KafkaBroker(
            self._bootstrap,
            client_id=f"wardline-{self._listener.name}",
            consumer_only=True,
            allow_auto_create_topics=False,
            apply_types=False,
            logger=None,
            metadata_max_age_ms=METADATA_MS,
            graceful_timeout=FINISH_SECONDS,
        )
        self._subscription = broker.subscriber(
            *self._listener.topics,
            group_id=self._listener.name,
            parser=_parse,
            decoder=_keep,
            listener=self,
            **SETTINGS,
        )
        self._subscription(self._receive)
        return broker

    async def _serve(self, broker: KafkaBroker) -> None:
        await broker.connect()
        kafka: Any = broker.config.broker_config
        kafka.builder = partial(
            Reader, *kafka.builder.args, **kafka.builder.keywords, turn=self.pulse.beat
        )
        await asyncio.wait_for(broker.start(), START_SECONDS)
        self._restart.reset()
        while not self._subscription.consumer.lost():
            self._report()
            await asyncio.sleep(1.0)
        raise KafkaError("the consumer lost its group")

    async def _receive(self, delivered: Sequence[ConsumerRecord]) -> None:
        await self._checked.wait()
        records = [Record.of(raw) for raw in delivered]
        try:
            await self._listener.process(records, self._database)
        except Exception as error:
            await self._hold(error)
            raise
        self._backoff.reset()
        self._note_breaker("")
        self.progress.applied(records)
        self.pulse.beat()

    async def _hold(self, error: Exception) -> None:
        """Wait before the same records come again: FastStream seeks back at once."""
        ours = isinstance(error, BreakerOpen)
        if ours:
            self._note_breaker(str(error))
        known = ours or is_infrastructure(error)
        reason = "breaker" if ours else "infrastructure" if known else "bug"
        seconds = BREAKER_SECONDS if ours else self._backoff.next()
        metrics.CONSUMER_HOLDS.labels(self._listener.name, reason).inc()
        log.warning(
            "batch_held",
            reason=reason,
            cause=cause(error),
            seconds=round(seconds, 1),
            exc_info=None if known else error,
        )
        until = monotonic() + seconds
        while monotonic() < until and not self._hurry.is_set():
            self.pulse.beat()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), min(1.0, until - monotonic()))

    async def on_partitions_revoked(self, _revoked: set[TopicPartition]) -> None:
        """Let the batch at hand and its commit end before others get its partitions."""
        self._hurry.set()
        await self._subscription.lock.wait_release(DRAIN_SECONDS)
        self._checked.clear()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Check the log for gaps before anything of it is applied."""
        metrics.CONSUMER_REBALANCES.labels(self._listener.name).inc()
        self._hurry.clear()
        try:
            check = self.progress.assigned(self._subscription.consumer, assigned)
            await asyncio.wait_for(check, CHECK_SECONDS)
        except (KafkaError, OSError) as error:
            log.warning("gap_check_failed", reason=repr(error))
        finally:
            self._checked.set()

    async def _leave(self, broker: KafkaBroker) -> None:
        with suppress(KafkaError, OSError):
            await asyncio.wait_for(broker.stop(), STOP_SECONDS)

    def _note_breaker(self, handler: str) -> None:
        self._held = handler
        metrics.CONSUMER_BREAKER.labels(self._listener.name).set(bool(handler))

    def _report(self) -> None:
        for lag in self.lags():
            labels = (self._listener.name, lag.topic, str(lag.partition))
            metrics.CONSUMER_LAG.labels(*labels).set(lag.messages)
            metrics.CONSUMER_LAG_SECONDS.labels(*labels).set(lag.seconds)


async def _parse(batch: Sequence[ConsumerRecord], original: Any) -> KafkaMessage:  # noqa: ANN401
    """Never raises: a batch whose parsing fails would be skipped, then committed past."""
    message: KafkaMessage = await original((replace(batch[0], headers=()),))
    message.raw_message = batch
    return message


async def _keep(message: KafkaMessage) -> Any:  # noqa: ANN401
    return message.raw_message
