"""One run of telling a service's events again: how fast, how far, and in which order."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Final

from sqlalchemy import text

from chassis.operations.bar import Bar
from chassis.operations.retelling import Part, Scope
from chassis.runtime import Runtime
from chassis.unit import Unit

AT_ONCE: Final = 200
"""Events of one transaction: a hundred of the largest kind are 40 MB."""
MOST_WAITING: Final = 2_000
"""So many events may wait in the outbox before more are told: what is new comes through."""
HELD_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Run:
    """How far a run is; ``part`` is empty when it has not begun."""

    part: str
    place: str
    told: int
    started_at: datetime
    ended_at: datetime | None


@dataclass
class Republication:
    """One run. Its place is kept with the events that it tells, so it may be killed anywhere."""

    runtime: Runtime
    parts: Sequence[Part]
    scope: Scope
    by: str

    async def run(self, rate: int, total: int, *, restart: bool = False) -> int:
        """Tell everything that is left, at most so many events a second; how many in all."""
        database = self.runtime.database
        run = await database.transact(partial(self._begin, restart=restart))
        bar = Bar(total)
        while run.ended_at is None:
            bar.show(run.told)
            began, before = monotonic(), run.told
            await self._make_room(bar, run.told)
            run = await database.transact(partial(self._step, most=min(AT_ONCE, rate)))
            await asyncio.sleep(max(0.0, (run.told - before) / rate - (monotonic() - began)))
        bar.show(run.told)
        bar.end()
        sys.stdout.write(f"{self.runtime.service}: told {run.told:,} events again\n")
        return run.told

    async def _begin(self, unit: Unit, *, restart: bool) -> Run:
        run = await known(unit, self.scope)
        if run and run.ended_at is None and not restart:
            return run
        run = Run(self.parts[0].name, "", 0, unit.now, None)
        await self._keep(unit, run)
        unit.audit("republish-begun", self.by, self._object, scope=self.scope.key)
        return run

    async def _step(self, unit: Unit, *, most: int) -> Run:
        """Tell one page; two runs of one scope take turns, and tell each page once."""
        run = await known(unit, self.scope)
        if run is None or run.ended_at:
            raise SystemExit("another run has ended this one")
        names = [part.name for part in self.parts]
        at = names.index(run.part)
        told, place = await self.parts[at].page(unit.session, self.scope, run.place, most)
        for event, event_id in told:
            unit.emit(event, event_id=event_id)
        ended = place is None and at + 1 == len(names)
        part = names[at + 1] if place is None and not ended else run.part
        count, end = run.told + len(told), unit.now if ended else None
        after = Run(part, place or "", count, run.started_at, end)
        await self._keep(unit, after)
        if ended:
            unit.audit("republished", self.by, self._object, scope=self.scope.key, told=count)
        return after

    @property
    def _object(self) -> str:
        return f"republication/{self.runtime.service}"

    async def _make_room(self, bar: Bar, told: int) -> None:
        """Wait while much waits in the outbox: nobody leads, Kafka is away, or all is busy."""
        while await self._waiting() >= MOST_WAITING:
            bar.show(told, f"{MOST_WAITING:,} events or more wait in the outbox")
            await asyncio.sleep(HELD_SECONDS)

    async def _waiting(self) -> int:
        async with self.runtime.database.rehearsal() as unit:
            found = await unit.session.scalar(
                text("""
                    SELECT count(*)
                    FROM (SELECT FROM outbox WHERE refused IS NULL LIMIT :most) AS waiting
                """),
                {"most": MOST_WAITING},
            )
            return int(found or 0)

    async def _keep(self, unit: Unit, run: Run) -> None:
        await unit.session.execute(
            text("""
                INSERT INTO republication (scope, part, place, told, started_at, ended_at)
                VALUES (:scope, :part, :place, :told, :started_at, :ended_at)
                ON CONFLICT (scope) DO UPDATE
                SET part = excluded.part, place = excluded.place, told = excluded.told,
                    started_at = excluded.started_at, ended_at = excluded.ended_at
            """),
            {
                "scope": self.scope.key,
                "part": run.part,
                "place": run.place,
                "told": run.told,
                "started_at": run.started_at,
                "ended_at": run.ended_at,
            },
        )


async def known(unit: Unit, scope: Scope) -> Run | None:
    """The last run of a scope, held until the transaction ends."""
    found = await unit.session.execute(
        text("""
            SELECT part, place, told, started_at, ended_at FROM republication
            WHERE scope = :scope FOR UPDATE
        """),
        {"scope": scope.key},
    )
    row = found.one_or_none()
    return Run(*row) if row else None
