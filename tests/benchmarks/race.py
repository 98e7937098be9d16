"""One contender on one waiting backlog: how fast it goes, at what cost, and whether it is right."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from tests.benchmarks import broker
from tests.benchmarks.contenders import Contender
from tests.benchmarks.meter import Meter, spent
from tests.benchmarks.reports import Stream
from tests.benchmarks.served import pause_between_looks, stopwatch
from tests.benchmarks.stand import Stand
from tests.benchmarks.waiting import TooLongError

PATIENCE: Final = 600.0
SETTLING: Final = 30.0


@dataclass(frozen=True)
class Run:
    """What was seen between the first sign of work and the end."""

    records: int
    seconds: float
    cpu: Mapping[str, float] = field(default_factory=dict)
    """CPU microseconds per record, by process."""
    right: bool | None = None
    """Whether the totals are what they should be; None where that was not looked at."""
    with_start: bool = False
    """It was done before it was first seen at work: its start is in the time."""

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.records / self.seconds


async def race(
    stand: Stand, contender: Contender, stream: Stream, most: int = 0, database: str = ""
) -> Run:
    """Let a contender work on the backlog in the topic, on a new database or the one named.

    One that is slow is watched for ``most`` records at most.
    """
    place = database or await stand.fresh()
    if contender.prepare:
        await stand.execute(contender.prepare, place)
    if own := contender.topics(place):
        await broker.make(stand.bootstrap, own, stand.partitions)
    if contender.group:
        await broker.rewind(stand.bootstrap, contender.group, contender.topic)
    program = contender.start(stand, place)
    program.launch()
    try:
        meter = Meter({**stand.servers(), contender.name: program.process.pid})
        goal = min(contender.expects(stream), most if contender.slow and most else sys.maxsize)
        run, finished = await watch(stand, contender, stream, place, meter, goal)
        right = await check(stand, contender, stream, place) if finished else None
    finally:
        program.stop()
        if not database:
            await stand.drop(place)
    return replace(run, right=right)


async def watch(  # noqa: PLR0913, PLR0917 - who, on what, where, how it is measured, and how far
    stand: Stand, contender: Contender, stream: Stream, database: str, meter: Meter, goal: int
) -> tuple[Run, bool]:
    """From the first sign of work until so many records are done."""
    whole = contender.expects(stream)
    first = last = 0
    began, before, rate = stopwatch(), meter.cpu(), 0.0
    while last < goal:
        await asyncio.sleep(pause_between_looks(rate, goal - last))
        last = await contender.done(stand, database, stream)
        now = stopwatch()
        if not first:
            if last and last < goal:
                first, began, before = last, now, meter.cpu()
            elif now - began > PATIENCE / 5 and not last:
                raise TooLongError(f"{contender.name} does nothing")
        elif now - began > PATIENCE:
            raise TooLongError(f"{contender.name} has done {last} of {whole}")
        rate = (last - first) / (now - began) if first and now > began else 0.0
    ended = await settled(stand, contender, stream, database) if last == whole else stopwatch()
    seconds, records = ended - began, last - first
    used = spent(before, meter.cpu())
    costs = {name: 1e6 * cpu / records for name, cpu in used.items()}
    return Run(records, seconds, costs, with_start=not first), last == whole


async def settled(stand: Stand, contender: Contender, stream: Stream, database: str) -> float:
    """When it was all there: what a peer has read may still be on its way through it."""
    now = started = stopwatch()
    while contender.topics(database) and now - started < SETTLING:
        if await check(stand, contender, stream, database):
            return now  # when the look began that found it right
        now = stopwatch()
    return now


async def check(stand: Stand, contender: Contender, stream: Stream, database: str) -> bool | None:
    """Whether what it added up to, of these periods, is exactly what it should be."""
    if contender.totals is None:
        return None
    found = await contender.totals(stand, database)
    return {period: found.get(period) for period in stream.totals} == stream.totals
