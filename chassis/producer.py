"""aiokafka's producer under supervision: no wait is endless, and any doubt makes a new one.

Its ``send`` and ``stop`` wait for ever for a broker that is away; after a batch that failed for
good every later one of the partition fails too, and sequence numbers turn negative after 2^31
records. A new producer is always safe: what was not acknowledged stays in the outbox.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
    UnknownError,
    UnsupportedForMessageFormatError,
)

from chassis import metrics
from chassis.bundles import LARGEST, Bundle, Message, bundled, compress_quickly

log = structlog.get_logger()

START_SECONDS: Final = 5.0
SEND_SECONDS: Final = 5.0
STOP_SECONDS: Final = 1.0
MOST_RECORDS: Final = 1_000_000_000

REFUSALS: Final = (
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    UnsupportedForMessageFormatError,
    PolicyViolationError,
    UnknownError,  # what aiokafka makes of codes it does not know, INVALID_RECORD among them
)
"""The broker will say the same the next time."""

SETTINGS: Final = {
    "acks": "all",
    "enable_idempotence": True,
    "compression_type": "lz4",
    "max_batch_size": 131_072,
    "max_request_size": LARGEST,
    "request_timeout_ms": 5_000,
}

Answer = tuple[list[int], "asyncio.Future[Any]"]
"""The ids of a batch's messages, and what becomes of them."""


@dataclass(slots=True)
class Told:
    """What became of messages, by id; those in neither list may or may not have arrived."""

    acknowledged: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    suspected: bool = False
    """One of these messages makes the broker refuse a batch; sent alone, it shows itself."""
    trouble: str | None = None


class Producer:
    """Sends messages in order; there is one in a service, and only its relay has it."""

    def __init__(self, bootstrap: str) -> None:
        """``bootstrap`` is ``host:port,…``."""
        compress_quickly()
        self._bootstrap = bootstrap
        self._producer: AIOKafkaProducer | None = None
        self._sent = 0
        self._away = False

    async def ready(self) -> bool:
        """Have a started producer; False when there is no broker to start it with."""
        if self._producer is not None:
            return True
        producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap, **SETTINGS)
        try:
            async with asyncio.timeout(START_SECONDS):
                await producer.start()
        except (KafkaError, OSError) as error:
            await discard(producer)
            if not self._away:
                log.warning("kafka_away", reason=repr(error))
            self._away = True
            return False
        if self._away:
            log.info("kafka_back")
        self._producer, self._sent, self._away = producer, 0, False
        return True

    async def tell(self, messages: Sequence[Message]) -> Told:
        """Send, and wait for the broker's word on each; never raises for a broker's failure.

        Stops before the first message that cannot be sent at all.
        """
        told, answers = Told(), list[Answer]()
        sent = list(takewhile(lambda message: not message.is_too_large(), messages))
        if len(sent) < len(messages):
            told.refused[messages[len(sent)].id] = "larger than a topic takes"
        try:
            async with asyncio.timeout(SEND_SECONDS):
                for bundle in await self._bundled(sent):
                    answers.append((bundle.ids, await self._send(bundle)))
                for _, answer in answers:
                    with suppress(KafkaError):  # looked at below, when all have come
                        await answer
        except (KafkaError, OSError) as error:
            told.trouble = repr(error)
        _sort(told, answers)
        self._sent += len(sent)
        if told.trouble or told.suspected or told.refused or self._sent > MOST_RECORDS:
            await self.close()
            metrics.PRODUCER_REPLACED.inc()
        return told

    async def close(self) -> None:
        """Let go of the connection; the next `ready` makes a new one."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await discard(producer)

    async def _bundled(self, messages: Sequence[Message]) -> list[Bundle]:
        if self._producer is None:
            raise KafkaError("no producer is ready")
        topics = {message.topic for message in messages}
        known = {topic: sorted(await self._producer.partitions_for(topic)) for topic in topics}
        return bundled(self._producer, messages, known)

    async def _send(self, bundle: Bundle) -> "asyncio.Future[Any]":
        if self._producer is None:
            raise KafkaError("no producer is ready")
        answer: asyncio.Future[Any] = await self._producer.send_batch(
            bundle.batch, bundle.topic, partition=bundle.partition
        )
        return answer


def _sort(told: Told, answers: Sequence[Answer]) -> None:
    """Kafka refuses batches whole, so a refusal is certain only for a message sent alone."""
    alone = sum(len(ids) for ids, _ in answers) == 1
    for ids, answer in answers:
        if not answer.done() or answer.cancelled():  # the one awaited when time was up is
            answer.cancel()
        elif (error := answer.exception()) is None:
            told.acknowledged += ids
        elif not isinstance(error, REFUSALS):
            told.trouble = repr(error)
        elif alone:
            told.refused[ids[0]] = repr(error)
        else:
            told.suspected = True


async def discard(producer: AIOKafkaProducer) -> None:
    """Drop a producer with all it has not sent: its own ``stop`` would send that first."""
    producer._closed = True  # noqa: SLF001 - as ``stop`` does
    for part in (producer._sender, producer.client):  # noqa: SLF001
        closing = asyncio.create_task(part.close())
        await asyncio.wait({closing}, timeout=STOP_SECONDS)
        closing.cancel()
