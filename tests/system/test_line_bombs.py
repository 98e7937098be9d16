"""A few kilobytes that inflate to hundreds of megabytes cost no service memory, and no record."""

import asyncio

import psutil
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from tests.stack import SERVICES
from tests.system.line import Line
from tests.system.processes import Place

TOPIC, READERS = "submission.reports", ("validation", "notification")
MEGABYTE = 1024 * 1024
INFLATED = 200 * MEGABYTE
FLAT = 60 * MEGABYTE


async def explode(line: Line, codec: int, inflated: int) -> list[Place]:
    """Put one compressed batch into each partition; the places of their last records."""
    producer = AIOKafkaProducer(bootstrap_servers=line.processes.stack.bootstrap)
    await producer.start()
    places: list[Place] = []
    try:
        for partition in range(4):
            batch = producer.create_batch()
            batch._builder = _DefaultRecordBatchBuilderPy(2, codec, 0, -1, -1, 0, 2 * inflated)
            batch.append(timestamp=None, key=b"bomb", value=bytes(inflated), headers=[])
            future = await producer.send_batch(batch, TOPIC, partition=partition)
            places.append((TOPIC, partition, (await future).offset))
    finally:
        await producer.stop()
    return places


def memory(line: Line, service: str) -> int:
    """Bytes that a service's process holds, with its children."""
    top = psutil.Process(line.processes.services[service].process.pid)
    return sum(each.memory_info().rss for each in (top, *top.children(recursive=True)))


@pytest.mark.parametrize(
    ("codec", "inflated", "period"),
    [(4, INFLATED, "2026-08"), (3, INFLATED // 2, "2026-09")],
    ids=["zstd", "lz4"],
)
async def test_a_bomb_is_set_aside_and_its_neighbours_are_applied(
    line: Line, codec: int, inflated: int, period: str
) -> None:
    report = f"26536/DXT/{period}"
    before = {service: line.processes.dead_letters(service) for service in SERVICES}
    held = {service: memory(line, service) for service in READERS}
    highest = dict(held)

    places = await explode(line, codec, inflated)
    line.processes.hostile.update(places)
    await line.sent(report)
    settling = asyncio.ensure_future(line.settled())
    while not settling.done():
        for service in READERS:
            highest[service] = max(highest[service], memory(line, service))
        await asyncio.sleep(0.02)
    await settling

    for service in READERS:
        bombs = dict.fromkeys(places, "batch-unreadable")
        assert line.processes.dead_letters(service) == before[service] | bombs
        assert highest[service] - held[service] < FLAT, (held, highest)
    assert (await line.status(report))["latest"]["state"] != "received"
