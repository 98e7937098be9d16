"""Keeps a listener fed from Kafka: joins its group, hands over batches, begins anew when lost."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Any, Final

import structlog
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from chassis import metrics
from chassis.ahead import Delivery, ReaderAhead, delivered, parse
from chassis.batch import Opened
from chassis.breaker import Backoff
from chassis.consumer import Listener
from chassis.database import Database
from chassis.hold import Hold
from chassis.member import Member
from chassis.portions import Portions
from chassis.progress import Lag, Progress
from chassis.pulse import Pulse
from chassis.reader import read_leniently

log = structlog.get_logger()

START_SECONDS: Final = 40.0
STALLED_SECONDS: Final = 60.0
FINISH_SECONDS: Final = 8.0  # for a batch when the process is to stop; else it is rolled back
STOP_SECONDS: Final = 11.0

CLIENT: Final[dict[str, Any]] = {
    "consumer_only": True,
    "allow_auto_create_topics": False,
    "apply_types": False,
    "logger": None,
    "metadata_max_age_ms": 10_000,  # a topic made after the group was joined is found so soon
}
SETTINGS: Final[dict[str, Any]] = {
    "batch": True,
    "batch_timeout_ms": 25,  # how long it sleeps when there was nothing for a second
    "ack_policy": AckPolicy.NACK_ON_ERROR,
    "no_reply": True,
    "auto_offset_reset": "earliest",
    "fetch_max_wait_ms": 100,
    "fetch_max_bytes": 8 * 1024 * 1024,
    "session_timeout_ms": 10_000,  # so long a partition waits for a member that was killed
    "heartbeat_interval_ms": 1_000,
    "rebalance_timeout_ms": 30_000,
    "max_poll_interval_ms": 300_000,
}
"""On the subscriber itself: what stands on a broker does not reach it through a router."""


class Subscriber:
    """One consumer group's member in this process; Kafka may be away at any time."""

    def __init__(self, listener: Listener, database: Database, bootstrap: str) -> None:
        """``bootstrap`` is ``host:port,…``."""
        read_leniently()
        self.pulse = Pulse("consumer")
        self._listener = listener
        self._database = database
        self._bootstrap = bootstrap
        self._progress = Progress(listener.name)
        self._hold = Hold(listener.name, self.pulse)
        self._portions = Portions()
        self._restart = Backoff()
        self._moved = monotonic()
        self._subscription: Any = None

    async def run(self) -> None:
        """Go on until cancelled; what is being applied then may end first."""
        while True:
            broker = self.subscribe()
            try:
                await self._serve(broker)
            except (KafkaError, OSError) as error:
                log.warning("consumer_interrupted", reason=repr(error))
            finally:
                self._hold.hurry(on=True)
                await self._leave(broker)
            metrics.CONSUMER_RESTARTS.labels(self._listener.name).inc()
            self.pulse.beat()
            await asyncio.sleep(self._restart.next())

    def troubles(self) -> list[str]:
        """Why this replica is not ready, as far as hearing goes."""
        gaps = [f"gap in {where}: {what}" for where, what in self._progress.gaps.items()]
        return gaps + ([f"breaker of {self._hold.handler}"] if self._hold.handler else [])

    def lags(self) -> list[Lag]:
        """What waits in each partition assigned here."""
        consumer = self._subscription and self._subscription.consumer
        return self._progress.lags(consumer) if consumer else []

    def subscribe(self) -> KafkaBroker:
        """A broker that is not started yet, with the one subscriber."""
        group = self._listener.name
        broker = KafkaBroker(
            self._bootstrap,
            client_id=f"wardline-{group}",
            graceful_timeout=FINISH_SECONDS,
            **CLIENT,
        )
        member = Member(group, self._progress, self._hold)
        hooks: Any = {"parser": parse, "decoder": delivered, "listener": member}
        topics = self._listener.topics
        self._subscription = broker.subscriber(*topics, group_id=group, **hooks, **SETTINGS)
        member.subscription = self._subscription
        self._subscription(partial(self._receive, member.checked))
        return broker

    async def _serve(self, broker: KafkaBroker) -> None:
        """Start, and watch until the consumer can make no progress any more."""
        await broker.connect()
        kafka: Any = broker.config.broker_config
        given = kafka.builder.keywords | {"opens": self._listener.open}
        kafka.builder = partial(ReaderAhead, *kafka.builder.args, **given)
        async with asyncio.timeout(START_SECONDS):
            await broker.start()
        self._restart.reset()
        self._moved = monotonic()
        while not self._subscription.consumer.lost():
            if self._subscription.lock.empty:
                self.pulse.beat()
            self._watch(self.lags())
            await asyncio.sleep(1.0)
        raise KafkaError("a task of the consumer has ended")

    def _watch(self, lags: Sequence[Lag]) -> None:
        self._progress.show(lags)
        if not any(lag.messages for lag in lags):
            self._moved = monotonic()
        elif monotonic() - self._moved > STALLED_SECONDS:
            raise KafkaError("records wait and none comes")

    async def _receive(self, checked: asyncio.Event, delivery: Delivery) -> None:
        await checked.wait()
        try:
            for part in self._portions.of(delivery.opened):
                await self._process(part)
        except Exception as error:
            await self._hold.wait(error)
            raise
        finally:
            self._moved = monotonic()
        self._portions.succeeded()
        self._hold.released()

    async def _process(self, opened: Sequence[Opened]) -> None:
        try:
            await self._listener.apply(opened, self._database)
        except Exception as error:
            self._portions.failed(error, len(opened))
            raise
        finally:
            self.pulse.beat()
        self._progress.applied(each.record for each in opened)

    async def _leave(self, broker: KafkaBroker) -> None:
        with suppress(KafkaError, OSError):
            async with asyncio.timeout(STOP_SECONDS):
                await broker.stop()
