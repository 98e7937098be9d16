"""Sends what is due: claims a few in a short transaction, talks to the server outside of it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import random

import structlog

from chassis import clock, metrics
from chassis.breaker import Backoff
from chassis.database import Database
from chassis.pulse import Pulse
from chassis.runtime import Runtime
from contracts.template import Text
from services.notification.email import domain, repository, smtp
from services.notification.email.domain import Circuit, Mail
from services.notification.email.repository import Claimed, Outcome
from services.notification.inbox.domain import path
from services.notification.loops import patiently, queued, sleep
from services.notification.settings import Settings
from services.notification.texts.domain import Matter

POLL_SECONDS = 1.0
EXCHANGES = 5
"""A mail takes so many exchanges with the server at most, each with its time-out."""

log = structlog.get_logger()


@dataclass
class Worker:
    """One replica's postman."""

    database: Database
    settings: Settings
    pulse: Pulse
    chance: Callable[[], float] = random
    circuit: Circuit = field(init=False)

    def __post_init__(self) -> None:
        self._first = timedelta(seconds=self.settings.mail_backoff_seconds)
        self.circuit = Circuit(min(self._first, timedelta(seconds=5)))

    async def run(self, backoff: Backoff) -> None:
        """Send until cancelled; raises when the database is away."""
        with queued.sleeper() as woken:
            while True:
                woken.clear()
                if not await self.turn():
                    await sleep(woken, POLL_SECONDS)
                backoff.reset()

    async def turn(self) -> int:
        """Send what is due, as far as the server is there; how many deliveries were taken."""
        self.pulse.beat()
        most = self.circuit.allows(clock.now()) if self.settings.smtp_host else 0
        claimed = await self._claim(most) if most else []
        if claimed:
            await self._deliver(deque(claimed))
        async with self.database.unit() as unit:
            waiting = await repository.pending(unit.session)
        age = (clock.now() - waiting.oldest).total_seconds() if waiting.oldest else 0.0
        metrics.NOTIFICATION_PENDING_AGE.labels(domain.EMAIL).set(age)
        return len(claimed)

    async def _claim(self, most: int) -> list[Claimed]:
        async with self.database.unit() as unit:
            return await repository.claim(unit.session, most, clock.now(), domain.LEASE)

    async def _deliver(self, claimed: deque[Claimed]) -> None:
        try:
            async with smtp.connected(self.settings) as server:
                while claimed and self._in_time(claimed[0]):
                    # Taken off before it is tried: a mail that makes the server hang up counts.
                    await self._attempt(server, claimed.popleft())
        except smtp.Away as error:
            self.circuit.failed(clock.now(), self.chance())
            log.warning("mail_server_away", reason=str(error), until=self.circuit.closed_until)
        for untried in claimed:
            await self._settle(untried, self._untried(untried), "untried")

    def _in_time(self, claimed: Claimed) -> bool:
        longest = timedelta(seconds=self.settings.mail_timeout_seconds * EXCHANGES)
        return clock.now() + longest < claimed.lease

    async def _attempt(self, server: smtp.Server, claimed: Claimed) -> None:
        if claimed.email is None:
            await self._settle(
                claimed, Outcome("dropped", claimed.attempts, claimed.lease), "dropped"
            )
            return
        try:
            mail = domain.message(_mail(claimed), self.settings.mail_from, self.settings.portal_url)
            await server.send(mail)
            outcome = Outcome("sent", claimed.attempts, claimed.lease)
        except smtp.Refused as error:
            outcome = self._refused(claimed, str(error), final=error.final)
        except smtp.Away as error:
            outcome = self._refused(claimed, str(error), final=False)
            await self._settle(claimed, outcome, outcome.state)
            raise
        self.circuit.answered()
        await self._settle(claimed, outcome, outcome.state)

    def _refused(self, claimed: Claimed, error: str, *, final: bool) -> Outcome:
        if final or claimed.attempts >= self.settings.mail_attempts:
            return Outcome("failed", claimed.attempts, claimed.lease, error)
        pause = domain.wait(claimed.attempts, self._first, self.chance())
        return Outcome("pending", claimed.attempts, clock.now() + pause, error)

    def _untried(self, claimed: Claimed) -> Outcome:
        """Back as it was; due when the server may be asked again."""
        due = self.circuit.closed_until or clock.now()
        return Outcome("pending", claimed.attempts - 1, due, "server-away")

    async def _settle(self, claimed: Claimed, outcome: Outcome, told: str) -> None:
        now = clock.now()
        async with self.database.unit() as unit:
            ours = await repository.settle(unit.session, claimed, outcome, now)
        told = told if ours else "lease-lost"
        metrics.NOTIFICATIONS.labels(domain.EMAIL, claimed.kind, told).inc()
        if told == "sent":
            age = (now - claimed.happened_at).total_seconds()
            metrics.NOTIFICATION_SECONDS.labels(domain.EMAIL).observe(max(age, 0.0))
        log.info(
            "mail_settled",
            delivery_id=str(claimed.id),
            outcome=told,
            attempts=outcome.attempts,
            error=outcome.error,
        )


def _mail(claimed: Claimed) -> Mail:
    code = claimed.template_code
    matter = Matter(
        claimed.kind,
        Text(vi=claimed.template_vi or code, en=claimed.template_en or code),
        claimed.period_code,
        claimed.period_scheme,
        claimed.ward_name or claimed.ward_code,
        claimed.params,
    )
    link = path(claimed.kind, claimed.ward_code, code, claimed.period_code)
    return Mail(
        claimed.id, claimed.email or "", claimed.language or "vi", matter, link, claimed.recorded_at
    )


async def deliver(runtime: Runtime, pulse: Pulse) -> None:
    """The loop of every replica."""
    worker = Worker(runtime.database, runtime.settings_as(Settings), pulse)
    await patiently(pulse, worker.run)
