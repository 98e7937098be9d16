"""Periodic jobs: run by the one leader of a service's replicas, each in its own transaction."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic, perf_counter

import structlog
from sqlalchemy import text

from chassis import metrics
from chassis.database import Database
from chassis.pulse import Pulse
from chassis.unit import Unit

log = structlog.get_logger()

SHORTEST_NAP, LONGEST_NAP = 0.02, 1.0
LONGEST_RETRY_SECONDS = 60.0
LONGEST_LOOK_SECONDS = 300.0
"""A job of once a day is looked at this often: another replica may have led meanwhile."""
FAILING_AFTER = 3


@dataclass(frozen=True)
class Job:
    """Work to do every so many seconds, counted from the last time it was done.

    A job missed while nobody ran is done once, at once.
    """

    name: str
    seconds: float
    run: Callable[[Unit], Awaitable[None]]
    behind: float | None = None
    """Seconds between runs while much waits to be heard; None: as ever."""


@dataclass
class Ticker:
    """Runs the jobs that are due, one after another, while this replica leads."""

    jobs: Sequence[Job]
    database: Database
    leads: Callable[[], bool]
    is_behind: Callable[[], bool] = lambda: False
    pulse: Pulse = field(default_factory=lambda: Pulse("ticker"))
    _due: dict[str, float] = field(default_factory=dict)
    _failed: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            self.pulse.beat()
            if self.leads():
                await self.turn()
            due = min((self._due.get(job.name, 0.0) for job in self.jobs), default=0.0)
            await asyncio.sleep(min(max(due - monotonic(), SHORTEST_NAP), LONGEST_NAP))

    async def turn(self) -> None:
        """Run each job that is due."""
        for job in self.jobs:
            if monotonic() >= self._due.get(job.name, 0.0):
                await self._attempt(job)
                self.pulse.beat()

    def failing(self) -> list[str]:
        """The jobs that failed three times or more in a row, with the leader here."""
        return sorted(name for name, times in self._failed.items() if times >= FAILING_AFTER)

    async def _attempt(self, job: Job) -> None:
        began = perf_counter()
        (error,) = await asyncio.gather(
            self.database.transact(lambda unit: _run(job, unit)), return_exceptions=True
        )
        wait = job.behind if job.behind and self.is_behind() else job.seconds
        if error is None:
            self._failed.pop(job.name, None)
            metrics.JOB_SECONDS.labels(job.name).observe(perf_counter() - began)
            metrics.JOB_LAST_SUCCESS.labels(job.name).set_to_current_time()
        else:
            self._failed[job.name] += 1
            wait = min(wait, LONGEST_RETRY_SECONDS)
            metrics.JOB_FAILURES.labels(job.name).inc()
            log.error("job_failed", job=job.name, exc_info=error)
        self._due[job.name] = monotonic() + min(wait, LONGEST_LOOK_SECONDS)


async def _run(job: Job, unit: Unit) -> None:
    if await _claim(job, unit):
        await job.run(unit)


async def _claim(job: Job, unit: Unit) -> bool:
    """Whether the job is due by what the service's replicas did; others wait for our commit.

    A last run in the future is a clock that was set back, and does not hold the job up.
    """
    claimed = await unit.session.execute(
        text("""
            INSERT INTO job AS known (name, last_run_at) VALUES (:name, :now)
            ON CONFLICT (name) DO UPDATE SET last_run_at = excluded.last_run_at
            WHERE known.last_run_at <= :since OR known.last_run_at > :now
            RETURNING name
        """),
        {"name": job.name, "now": unit.now, "since": unit.now - timedelta(seconds=job.seconds)},
    )
    return claimed.first() is not None
