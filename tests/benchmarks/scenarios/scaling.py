"""One, two and three processes of aggregation on twelve partitions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from tests.benchmarks import broker, reports
from tests.benchmarks.bench import Bench
from tests.benchmarks.contenders import AGGREGATION, Contender
from tests.benchmarks.meter import Meter, spent
from tests.benchmarks.reports import Stream
from tests.benchmarks.served import pause_between_looks, stopwatch
from tests.benchmarks.stand import REPORT_TOPICS, Stand, start, stop
from tests.benchmarks.waiting import TooLongError

PARTITIONS: Final = 12
PROCESSES: Final = (1, 2, 3)
PATIENCE: Final = 300.0


async def measure(bench: Bench) -> None:
    """The same backlog by more and more processes, round after round."""
    await widen(bench.stand)
    stream = reports.approvals(bench.sizes.scaling, seed=14)
    await bench.stand.quiet()
    await broker.write(bench.stand.bootstrap, stream.records)
    for _ in range(bench.rounds):
        for count in PROCESSES:
            await shared(bench, AGGREGATION, stream, count)
    name = f"scaling.{AGGREGATION.name}"
    bench.results.ratio(f"{name}.1_to_3", f"{name}.rate.3", f"{name}.rate.1")


async def widen(stand: Stand) -> None:
    """Give the topics as many partitions as a production has."""
    admin = AIOKafkaAdminClient(bootstrap_servers=stand.bootstrap)
    await admin.start()
    try:
        if stand.partitions < PARTITIONS:
            await admin.create_partitions(
                {topic: NewPartitions(PARTITIONS) for topic in REPORT_TOPICS}
            )
            stand.partitions = PARTITIONS
    finally:
        await admin.close()


async def shared(bench: Bench, contender: Contender, stream: Stream, count: int) -> None:
    """So many processes at once; none can begin before each has its partitions."""
    stand = bench.stand
    place = await stand.fresh()
    await stand.caught_up(contender.name)
    await broker.rewind(stand.bootstrap, contender.name, contender.topic)
    replicas = [stand.service(contender.name, place, replica) for replica in range(count)]
    try:
        async with held(stand, place, f"{contender.name}.inbox"):
            start(replicas)
        pids = {str(number): each.process.pid for number, each in enumerate(replicas)}
        meter = Meter({**stand.servers(), **pids})
        done, seconds, used = await watched(stand, contender, stream, place, meter)
    finally:
        stop(replicas)
        await stand.drop(place)
    own = sum(used[number] for number in pids)
    name = f"scaling.{contender.name}"
    bench.results.add(f"{name}.rate.{count}", done / seconds, "reports/s")
    bench.results.add(f"{name}.cpu.{count}", 1e6 * own / done, "µs/report")
    bench.say(f"{name}, {count}: {done / seconds:,.0f} reports/s")


@asynccontextmanager
async def held(stand: Stand, place: str, table: str) -> AsyncIterator[None]:
    """Nobody can add to a table, for the length of the block."""
    connection = await stand.connect(place)
    try:
        await connection.execute("BEGIN")
        await connection.execute(f"LOCK TABLE {table} IN SHARE MODE")
        yield
    finally:
        await connection.close()


async def watched(
    stand: Stand, contender: Contender, stream: Stream, place: str, meter: Meter
) -> tuple[int, float, dict[str, float]]:
    """Records from now to the end, the seconds they took, and CPU seconds by process."""
    last, began, before, rate = 0, stopwatch(), meter.cpu(), 0.0
    while last < stream.events:
        await asyncio.sleep(pause_between_looks(rate, stream.events - last))
        last = await contender.done(stand, place, stream)
        passed = stopwatch() - began
        rate = last / passed
        if passed > PATIENCE:
            raise TooLongError(f"{contender.name} has done {last} of {stream.events}")
    return last, stopwatch() - began, spent(before, meter.cpu())
