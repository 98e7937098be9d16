"""What an event costs by the size of the batch it comes in: each service's own batch function.

In this process, on the real PostgreSQL, without Kafka: `Listener.process` is what the consumer
calls with every batch.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from chassis.consumer import Listener
from chassis.database import Database
from chassis.records import Record
from services.aggregation.app import SERVICE as AGGREGATION
from services.notification.app import SERVICE as NOTIFICATION
from services.validation.app import SERVICE as VALIDATION
from tests.benchmarks import reports
from tests.benchmarks.bench import Bench
from tests.benchmarks.meter import Meter
from tests.benchmarks.reports import Stream

SIZES: Final = (1, 3, 10, 30, 100, 300, 1_000, 2_000)
LEAST_BATCHES: Final = 2
SPARE: Final = 105
"""Of a hundred: the last records of the stream are told twice, and are not used."""
LISTENERS: Final = {
    service.name: service.listener for service in (AGGREGATION, VALIDATION, NOTIFICATION)
}


async def measure(bench: Bench) -> None:
    """Every size in turn, each on events of its own, round after round."""
    plan = {size: events(size, bench.sizes.curve) for size in SIZES}
    count = sum(plan.values()) + 1
    sent, decided = (
        reports.submissions(count, seed=11),
        reports.approvals(SPARE * count // 100, seed=12),
    )
    for _ in range(bench.rounds):
        for name, listener in LISTENERS.items():
            assert listener is not None
            stream = sent if name == "validation" else decided
            place = await bench.stand.fresh()
            database = Database(bench.stand.postgres.url(name, place), name)
            await sized(bench, listener, database, stream, plan)
            await database.close()
            await bench.stand.drop(place)


def events(size: int, most: int) -> int:
    """As many whole batches as there is time for: small ones cost more per event."""
    batches = max(LEAST_BATCHES, min(150, most // size))
    return size * batches


async def sized(
    bench: Bench,
    listener: Listener,
    database: Database,
    stream: Stream,
    plan: dict[int, int],
) -> None:
    """Each size's part of the stream, in batches of that size."""
    records = [
        Record(wire.topic, 0, place, 0, wire.key, wire.value, tuple(wire.headers))
        for place, wire in enumerate(stream.records)
    ]
    await listener.process(records[:1], database)  # what is read once is read now
    records = records[1:]
    for size, count in plan.items():
        part, records = records[:count], records[count:]
        if not part:
            return
        python, postgres = await cost(bench, listener, database, part, size)
        name = f"batch.{listener.name}"
        bench.results.add(f"{name}.python.{size}", 1e6 * python / len(part), "µs/event")
        bench.results.add(f"{name}.postgres.{size}", 1e6 * postgres / len(part), "µs/event")
        bench.say(
            f"{name}, {size:,} at once: {1e6 * python / len(part):,.0f} µs an event here, "
            f"{1e6 * postgres / len(part):,.0f} in PostgreSQL"
        )


async def cost(
    bench: Bench, listener: Listener, database: Database, part: Sequence[Record], size: int
) -> tuple[float, float]:
    """CPU seconds of this process and of PostgreSQL."""
    postgres = Meter({"postgres": bench.stand.servers()["postgres"]})
    before, own = postgres.cpu()["postgres"], time.process_time()
    for at in range(0, len(part), size):
        await listener.process(part[at : at + size], database)
    used = time.process_time() - own
    await asyncio.sleep(0.05)  # the server's processes count their time when they rest
    return used, postgres.cpu()["postgres"] - before
