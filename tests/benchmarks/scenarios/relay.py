"""The relay alone on a full outbox, and again while somebody holds a snapshot open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic_core import to_json

from tests.benchmarks import reports
from tests.benchmarks.bench import Bench
from tests.benchmarks.served import pause_between_looks, stopwatch
from tests.benchmarks.stand import Stand, start, stop

FILL = """
    INSERT INTO submission.outbox (event_id, topic, key, headers, payload, created_at)
    SELECT uuidv7(), 'submission.reports', convert_to(gen_random_uuid()::text, 'UTF8'), $1::jsonb,
           $2, now()
    FROM generate_series(1, $3)
"""


async def measure(bench: Bench) -> None:
    """As many rows as asked for, free and under a snapshot that is older than all of them."""
    for _ in range(bench.rounds):
        for name, held in (("free", False), ("snapshot", True)):
            await bench.stand.quiet()
            place = await bench.stand.fresh()
            async with snapshot(bench.stand, place, held=held):
                await fill(bench, place)
                rate = await drained(bench, place)
            bench.results.add(f"relay.{name}.rate", rate, "events/s")
            bench.say(f"relay, {name}: {rate:,.0f} events/s")
            await bench.stand.drop(place)
    bench.results.ratio("relay_under_snapshot", "relay.snapshot.rate", "relay.free.rate")


@asynccontextmanager
async def snapshot(stand: Stand, place: str, *, held: bool) -> AsyncIterator[None]:
    """Somebody reads in one long transaction, for the length of the block."""
    connection = await stand.connect(place)
    try:
        if held:
            await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            await connection.fetchval("SELECT count(*) FROM submission.outbox")
        yield
    finally:
        await connection.close()


async def fill(bench: Bench, place: str) -> None:
    """Rows as submission writes them, of one real event's size."""
    [wire] = reports.submissions(1, seed=8).records
    headers = [[name, value.decode()] for name, value in wire.headers]
    connection = await bench.stand.connect(place)
    await connection.execute(FILL, to_json(headers).decode(), wire.value, bench.size)
    await connection.close()


async def drained(bench: Bench, place: str) -> float:
    """Rows told a second, from the first sign of work to the end."""
    service = bench.stand.service("submission", place)
    connection = await bench.stand.connect(place)
    start([service])
    first, began, left, rate = bench.size, stopwatch(), bench.size, 0.0
    while left:
        await asyncio.sleep(pause_between_looks(rate, left))
        left = await connection.fetchval("SELECT count(*) FROM submission.outbox")
        if first == bench.size > left > 0:
            first, began = left, stopwatch()
        elif left < first:
            rate = (first - left) / (stopwatch() - began)
    stop([service])
    await connection.close()
    return rate
