"""Tells Kafka what the outbox holds: one replica of a service at a time, in the order of ids."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import Final

import asyncpg
import structlog

from chassis import metrics
from chassis.breaker import Backoff
from chassis.bundles import Message
from chassis.database import Database
from chassis.failures import OUTAGES
from chassis.producer import Producer
from chassis.pulse import Pulse
from chassis.window import MOST_ROWS, Window

log = structlog.get_logger()

POLL_SECONDS: Final = 0.02
"""Rows come from other replicas too, whose commits wake nobody here."""
STANDBY_SECONDS: Final = 0.5
SESSION_TIMEOUT: Final = "15s"
"""The server ends a leader's session that says nothing for so long, and another may lead."""
SURE_SECONDS: Final = 12.0
"""A leader that heard nothing from the server for so long no longer knows that it leads."""
SEND_WITHIN_SECONDS: Final = 3.0
LONGEST_REST_SECONDS: Final = 3.0

BY_ID: Final = {
    "enable_seqscan": "off",
    "enable_sort": "off",
    "max_parallel_workers_per_gather": "0",
}
"""The outbox grows from nothing to a million rows before statistics say so: read it by its key."""
LOCK = "SELECT pg_try_advisory_lock(hashtextextended('relay of ' || current_schema(), 0))"


class Relay:
    """The only writer of a service's topics, wherever it leads."""

    def __init__(self, database: Database, bootstrap: str) -> None:
        """Without a ``bootstrap`` it leads and tells nothing."""
        self.pulse = Pulse("relay")
        self._database = database
        self._producer = Producer(bootstrap) if bootstrap else None
        self._woken = asyncio.Event()
        self._heard: float | None = None
        self._backoff = Backoff(LONGEST_REST_SECONDS)
        self._alone = 0
        database.wakes.append(self._woken.set)

    def leads(self) -> bool:
        """Whether this replica holds the lock, for certain."""
        return self._heard is not None and monotonic() - self._heard < SURE_SECONDS

    async def run(self) -> None:
        """Go on until cancelled."""
        try:
            while True:
                try:
                    await self._session()
                except (*OUTAGES, asyncpg.PostgresError) as error:
                    log.warning("relay_interrupted", reason=repr(error))
                self._step_down()
                await asyncio.sleep(self._backoff.next())
                self.pulse.beat()
        finally:
            self._step_down()
            if self._producer is not None:
                await self._producer.close()

    async def _session(self) -> None:
        connection = await self._database.dedicated(idle_session_timeout=SESSION_TIMEOUT, **BY_ID)
        try:
            while not await connection.fetchval(LOCK):
                self.pulse.beat()
                await asyncio.sleep(STANDBY_SECONDS)
            log.info("relay_leads")
            metrics.RELAY_LEADS.set(1)
            self._backoff.reset()
            window = Window(connection)
            while True:
                await self._turn(window)
        finally:
            connection.terminate()  # closing in order would wait for a server that is frozen

    async def _turn(self, window: Window) -> None:
        self.pulse.beat()
        # Without a bus to tell it to, nothing is read; the question alone keeps the leadership.
        most = 0 if self._producer is None else 1 if self._alone else MOST_ROWS
        messages = await window.read(most)
        self._heard = monotonic()
        if not messages or self._producer is None:
            await self._nap()
        elif await self._producer.ready() and monotonic() - self._heard < SEND_WITHIN_SECONDS:
            await self._tell(self._producer, messages, window)
        else:
            await asyncio.sleep(self._backoff.next())

    async def _tell(self, producer: Producer, messages: Sequence[Message], window: Window) -> None:
        told = await producer.tell(messages)
        await window.remove(told.acknowledged)
        for number, reason in told.refused.items():
            log.error("event_refused", outbox_id=number, reason=reason)
            await window.set_aside(number, reason)
        acknowledged = set(told.acknowledged)
        for topic, count in Counter(m.topic for m in messages if m.id in acknowledged).items():
            metrics.OUTBOX_PUBLISHED.labels(topic).inc(count)
        self._alone = len(messages) if told.suspected else max(0, self._alone - 1)
        if told.trouble:
            log.warning("telling_interrupted", reason=told.trouble)
            await asyncio.sleep(self._backoff.next())
        else:
            self._backoff.reset()

    async def _nap(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):  # wait_for can swallow a cancellation
                await self._woken.wait()
        self._woken.clear()

    def _step_down(self) -> None:
        self._heard = None
        metrics.RELAY_LEADS.set(0)
