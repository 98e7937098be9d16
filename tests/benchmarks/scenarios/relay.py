"""The relay while rows keep coming: free, and while somebody holds a snapshot open for a minute."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from pydantic_core import to_json

from tests.benchmarks import reports
from tests.benchmarks.bench import Bench
from tests.benchmarks.served import stopwatch
from tests.benchmarks.stand import Stand, start, stop

FILL = """
    INSERT INTO submission.outbox (event_id, topic, key, headers, payload, created_at)
    SELECT uuidv7(), 'submission.reports', convert_to(gen_random_uuid()::text, 'UTF8'), $1::jsonb,
           $2, now()
    FROM generate_series(1, $3)
"""
ADDED = "SELECT coalesce(pg_sequence_last_value('submission.outbox_id_seq'), 0)"
LEFT = "SELECT count(*) FROM submission.outbox WHERE id > $1"
SIZE = "SELECT pg_total_relation_size('submission.outbox')"
PORTION, MOST = 4_000, 8_000
"""Rows are added in portions, as long as no more than ``MOST`` wait."""
LOOKS = 4
"""How often the rate is taken in each time."""


class Outbox:
    """A full outbox: rows come as fast as they are told, so always some wait, never too many."""

    def __init__(self, stand: Stand, place: str) -> None:
        """Of submission, in that database."""
        self._stand, self._place = stand, place
        [self._wire] = reports.submissions(1, seed=8).records
        self._added = self._left = 0

    async def fill(self) -> None:
        """Go on until cancelled."""
        headers = to_json([[name, value.decode()] for name, value in self._wire.headers]).decode()
        connection = await self._stand.connect(self._place)
        try:
            while True:
                low = self._added - 2 * MOST  # all before it were told: they need no counting
                self._left = await connection.fetchval(LEFT, low)
                if self._left <= MOST:
                    await connection.execute(FILL, headers, self._wire.value, PORTION)
                    self._added, self._left = self._added + PORTION, self._left + PORTION
                else:
                    await asyncio.sleep(0.05)
        finally:
            connection.terminate()

    async def rate(self, seconds: float) -> float:
        """Rows told a second, in the seconds to come."""
        began, before = stopwatch(), self._added - self._left
        await asyncio.sleep(seconds)
        return (self._added - self._left - before) / (stopwatch() - began)

    async def megabytes(self) -> float:
        """The room it takes on disk with its indexes."""
        connection = await self._stand.connect(self._place)
        try:
            return float(await connection.fetchval(SIZE)) / 1e6
        finally:
            await connection.close()


async def measure(bench: Bench) -> None:
    """Free, then under the snapshot, then free again, with the outbox's size at each end."""
    await bench.stand.quiet()
    place = await bench.stand.fresh()
    service, outbox = bench.stand.service("submission", place), Outbox(bench.stand, place)
    start([service])
    filling = asyncio.create_task(outbox.fill())
    await outbox.rate(bench.sizes.free_seconds / 10)  # until it is at work
    free, held = bench.sizes.free_seconds, bench.sizes.held_seconds
    await rates(bench, outbox, "free", free)
    async with snapshot(bench.stand, place):
        await rates(bench, outbox, "snapshot", held)
    await rates(bench, outbox, "after", free)
    filling.cancel()
    with suppress(asyncio.CancelledError):
        await filling
    stop([service])
    await bench.stand.drop(place)
    compare(bench)


async def rates(bench: Bench, outbox: Outbox, name: str, seconds: float) -> None:
    """The rate in each part of that time, and the outbox's size at its end."""
    for _ in range(LOOKS):
        bench.results.add(f"relay.{name}.rate", await outbox.rate(seconds / LOOKS), "events/s")
    bench.results.add(f"relay.{name}.outbox_size", await outbox.megabytes(), "MB")
    bench.say(f"relay, {name}: {bench.results.figures[f'relay.{name}.rate'].median:,.0f} events/s")


def compare(bench: Bench) -> None:
    """Each part of the time under the snapshot beside the median of the free ones."""
    figures = bench.results.figures
    free = figures["relay.free.rate"].median
    for rate in figures["relay.snapshot.rate"].values:
        bench.results.add("relay_under_snapshot", rate / free, "×")
    before, after = (figures[f"relay.{n}.outbox_size"].median for n in ("free", "after"))
    bench.results.add("outbox_after_snapshot", after / before, "×")


@asynccontextmanager
async def snapshot(stand: Stand, place: str) -> AsyncIterator[None]:
    """Somebody reads in one long transaction, for the length of the block."""
    connection = await stand.connect(place)
    try:
        await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        await connection.fetchval("SELECT count(*) FROM submission.outbox")
        yield
    finally:
        await connection.close()
