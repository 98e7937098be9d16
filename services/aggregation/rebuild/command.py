"""``rebuild``: the facts made anew from the topics while the service serves, then taken over."""

import argparse
import asyncio
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from uuid6 import uuid7

from chassis.consumer import Listener
from chassis.database import Database
from chassis.operations.bar import Bar
from chassis.runtime import Runtime
from chassis.subscriber import Subscriber
from chassis.unit import Unit
from services.aggregation import hearing
from services.aggregation.contributions import ledger
from services.aggregation.contributions import repository as contributions
from services.aggregation.contributions.handlers import templates_of
from services.aggregation.contributions.recompute import mended, recompute
from services.aggregation.rebuild import repository
from services.aggregation.rebuild.topics import Held, Topics

LOOK_SECONDS: Final = 0.5
HELD_SECONDS: Final = 60.0
"""Facts are held so long at most until the last records are applied; then it is given up."""
SHOWN: Final = 10

TOLD_AGAIN: Final = "python -m services.validation republish --go"
LACKING: Final = """{count} reports are known here by decisions that did not come out of the topics:
{reports}
Nothing was changed. If the topics have lost them, let them be told again and go on:
  {again}
If they were fixed here, as dead letters: --keep-newer lets them be as they are.
"""
TRIMMED: Final = """The beginning of {partitions} is gone (retention): older decisions are
not there. Let them be told again first, so that nothing is missing:
  {again}
"""


async def rebuild(runtime: Runtime, arguments: list[str]) -> None:
    """Make the facts anew from the topics, beside, and take them over (--help says how)."""
    given = _parser().parse_args(arguments)
    settings = runtime.settings
    if not (settings.owner_url and settings.kafka_bootstrap):
        sys.exit("rebuild needs WARDLINE_OWNER_URL and WARDLINE_KAFKA_BOOTSTRAP")
    beside = Database(settings.owner_url, repository.BESIDE, pool_size=2)
    live = Database(settings.owner_url, repository.LIVE, pool_size=2)
    try:
        await _rebuild(runtime, live, beside, given)
    finally:
        await beside.close()
        await live.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m services.aggregation rebuild", description="Facts anew from the topics."
    )
    say = parser.add_argument
    say("--go", action="store_true", help="do it; without it only say what the topics hold")
    say("--restart", action="store_true", help="from the beginning, not where a run stopped")
    say("--keep-newer", action="store_true", help="keep decisions that the topics do not hold")
    say("--by", default="service/aggregation", help="who does it, as an opaque id for the audit")
    return parser


async def _rebuild(
    runtime: Runtime, live: Database, beside: Database, given: argparse.Namespace
) -> None:
    async with live.rehearsal() as unit:
        begun = await repository.group(unit.session)
        known = await repository.facts(unit.session)
    group = begun if begun and not given.restart else f"aggregation-rebuild-{uuid7().hex}"
    listener = hearing.listener(group)
    async with Topics(runtime.settings.kafka_bootstrap, group, listener.topics) as topics:
        held = await topics.held()
        sys.stdout.write(f"{held.records:,} records to read; {known:,} reports are known\n")
        if held.trimmed:
            gone = ", ".join(held.trimmed)
            sys.stdout.write(TRIMMED.format(partitions=gone, again=TOLD_AGAIN))
        if not given.go:
            sys.stdout.write("nothing was changed: --go does it\n")
            return
        if group != begun:
            await live.transact(lambda unit: repository.make(unit.session, group))
        run = Rebuild(topics, live, keep_newer=given.keep_newer, by=given.by)
        changed = await run.made(listener, beside, runtime.settings.kafka_bootstrap, held)
    sys.stdout.write(f"facts taken over; figure sets with other facts than before: {changed}\n")
    await live.transact(lambda unit: repository.clear(unit.session))
    await recompute(runtime, [])


@dataclass
class Rebuild:
    """Reads the topics to their end, then takes over while nobody can change a fact."""

    topics: Topics
    live: Database
    keep_newer: bool
    by: str

    async def made(self, listener: Listener, beside: Database, bootstrap: str, held: Held) -> int:
        """Read, catch up and take over; how many sets have other facts now."""
        reading = asyncio.create_task(Subscriber(listener, beside, bootstrap).run())
        try:
            await self._caught_up(held, Bar(held.records))
            return await self.live.transact(self._take_over)
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading

    async def _caught_up(self, held: Held, bar: Bar | None = None) -> None:
        while (done := await self.topics.applied(held)) < held.records:
            if bar:
                bar.show(done)
            await asyncio.sleep(LOOK_SECONDS)
        if bar:
            bar.show(done)
            bar.end()

    async def _take_over(self, unit: Unit) -> int:
        """One transaction. What came meanwhile is in the topics: it is read to the end first."""
        await repository.hold(unit.session)
        try:
            async with asyncio.timeout(HELD_SECONDS):
                await self._caught_up(await self.topics.held())
        except TimeoutError:
            sys.exit("more came than could be read; nothing was changed, run it again")
        if (lacking := await repository.newer(unit.session)) and not self.keep_newer:
            shown = "\n".join(f"  {report}" for report in lacking[:SHOWN])
            sys.exit(LACKING.format(count=len(lacking), reports=shown, again=TOLD_AGAIN))
        letters = await repository.letters(unit.session)
        await repository.take_catalogue(unit.session)
        await _leave(unit)
        changed = await repository.take_facts(unit.session)
        for key in changed:
            await mended(unit, key=key, check=False)
        unit.audit("rebuilt", self.by, "facts", sets=len(changed), set_aside=letters)
        return len(changed)


async def _leave(unit: Unit) -> None:
    """Let those leave the totals of which something else will count: it enters by mending."""
    reports = await repository.leaving(unit.session)
    known = [*(await contributions.by_ids(unit.session, reports)).values()]
    templates = await templates_of(unit.session, (), known)
    await ledger.correct(unit, [(each, None) for each in known], templates)
