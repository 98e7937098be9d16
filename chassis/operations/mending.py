"""What an operator does with dead letters: each act in one transaction with its own audit row."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from uuid6 import uuid7

from chassis import metrics
from chassis.batch import Batch, Judge
from chassis.consumer import Listener, twice
from chassis.database import Database
from chassis.dead_letters import DeadLetter
from chassis.operations import shelf
from chassis.operations.correction import Correction, StillFailing
from chassis.records import Record
from chassis.unit import Unit

APPLIED, FAILED = "applied", "failed"
NO_EFFECT: Final = "no-effect"
"""Its event was handled before, or is none for this service any more."""
NOT_OPEN: Final = "not-open"
"""Resolved, parked, or not there at all."""

BATCH: Final = 1_000
FIRST: Final = 100
"""Letters in a transaction while all fail: to find the culprits it takes as many savepoints."""
BATCH_BYTES: Final = 16 * 1024 * 1024
"""Letters may be large, and a transaction has all of its own in memory."""


class NoSuchLetter(Exception):
    """There is no letter of this number."""


class Resolved(Exception):
    """The letter was replayed, fixed or discarded before."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one letter; ``letter`` says why where it failed again."""

    number: int
    outcome: str
    letter: DeadLetter | None = None


@dataclass(frozen=True, slots=True)
class Mender:
    """One operator at work, or rehearsing: then nothing stays of what is done."""

    listener: Listener
    database: Database
    by: str
    rehearses: bool

    async def replay(self, numbers: Sequence[int], states: Sequence[str]) -> list[Outcome]:
        """Apply the records of letters under their own ids, up to 1,000 in a transaction.

        Ends where nothing of the first thousand could be applied: the cause is not mended.
        """
        async with self.database.unit() as unit:
            sizes = await shelf.sizes(unit.session, numbers)
        outcomes: list[Outcome] = []
        most = FIRST
        while left := numbers[len(outcomes) :]:
            some = await self._replay(_part(left, most, sizes), states)
            outcomes += some
            most = FIRST if _all_failed(some) else BATCH
            if len(outcomes) >= BATCH and _all_failed(outcomes):
                break
        return outcomes

    async def fix(self, number: int, correction: Correction) -> UUID:
        """Apply a corrected record under a new id, which says that the old one caused it.

        Raises:
            NoSuchLetter, Resolved
            StillFailing: nothing was changed.
        """
        new_id = UUID(int=uuid7().int)
        kept = {"event_id": new_id, "value": correction.value, "headers": correction.headers}

        async def attempt(judge: Judge) -> None:
            async with self._unit() as unit:
                letter = await _take(unit, number)
                record = correction.applied_to(letter, new_id)
                batch = self.listener.unguarded([record], judge)
                await batch.apply(unit)
                if record not in batch.applied():
                    raise StillFailing.of(batch)
                await shelf.resolve(unit.session, [number], "fixed", unit.now, kept)
                what, before = f"dead-letter/{number}", shelf.record(letter).digest.hex()
                after = {"event_id": new_id, "digest": record.digest.hex()}
                unit.audit("dead-letter-fixed", self.by, what, digest_before=before, after=after)

        await twice(attempt)
        return new_id

    async def discard(self, number: int, reason: str) -> None:
        """Close a letter, so that no replay takes it.

        Raises:
            NoSuchLetter, Resolved
        """
        async with self._unit() as unit:
            await _take(unit, number)
            await shelf.resolve(unit.session, [number], "discarded", unit.now)
            unit.audit("dead-letter-discarded", self.by, f"dead-letter/{number}", reason=reason)

    async def _replay(self, numbers: Sequence[int], states: Sequence[str]) -> list[Outcome]:
        async def attempt(judge: Judge) -> list[Outcome]:
            async with self._unit() as unit:
                letters = await shelf.lock(unit.session, self.listener.name, numbers, states)
                batch = self.listener.unguarded(list(letters), judge)
                await batch.apply(unit)
                outcomes = _outcomes(letters, batch)
                await self._note(unit, outcomes)
            return outcomes

        outcomes = {one.number: one for one in await twice(attempt)}
        if not self.rehearses:
            for one in outcomes.values():
                metrics.DEAD_LETTERS_REPLAYED.labels(self.listener.name, one.outcome).inc()
        return [outcomes.get(number) or Outcome(number, NOT_OPEN) for number in numbers]

    async def _note(self, unit: Unit, outcomes: Sequence[Outcome]) -> None:
        again = {one.number: one.letter for one in outcomes if one.letter}
        done = [one.number for one in outcomes if not one.letter]
        await shelf.resolve(unit.session, done, "replayed", unit.now)
        await shelf.failed(unit.session, again, unit.now)
        for one in outcomes:
            what, cause = f"dead-letter/{one.number}", one.letter and one.letter.cause
            unit.audit("dead-letter-replayed", self.by, what, outcome=one.outcome, cause=cause)

    def _unit(self) -> AbstractAsyncContextManager[Unit]:
        return self.database.rehearsal() if self.rehearses else self.database.unit()


async def _take(unit: Unit, number: int) -> Row[Any]:
    letter = await shelf.found(unit.session, number, lock=True)
    if letter is None:
        raise NoSuchLetter
    if letter.state not in shelf.OPEN:
        raise Resolved
    return letter


def _part(left: Sequence[int], most: int, sizes: Mapping[int, int]) -> Sequence[int]:
    """The next letters for one transaction: at least one of them."""
    size = 0
    for place, number in enumerate(left[:most]):
        size += sizes.get(number, 0)
        if place and size > BATCH_BYTES:
            return left[:place]
    return left[:most]


def _all_failed(outcomes: Sequence[Outcome]) -> bool:
    return all(one.outcome == FAILED for one in outcomes)


def _outcomes(letters: Mapping[Record, int], batch: Batch) -> list[Outcome]:
    applied, dead = batch.applied(), {letter.record: letter for letter in batch.dead}
    return [
        Outcome(number, FAILED, dead[record])
        if record in dead
        else Outcome(number, APPLIED if record in applied else NO_EFFECT)
        for record, number in letters.items()
    ]
