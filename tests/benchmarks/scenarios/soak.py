"""Ten minutes at full load: what each process keeps in memory must not grow."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from random import Random
from statistics import linear_regression, median

from tests.benchmarks import city, line, reports
from tests.benchmarks.bench import Bench
from tests.benchmarks.line import Line
from tests.benchmarks.scenarios import bulk
from tests.benchmarks.served import stopwatch
from tests.benchmarks.stand import SERVICES

LOOKS = 40
WARM = 0.3
"""The first part of the time, in which caches and pools fill: growth is what comes after it."""
PORTION, AHEAD = 500, 4_000
"""Reports are sent in portions, as long as not too many of them wait to be counted."""
EVERY_ADDRESS = 12 * (city.LAST_OPEN_YEAR - city.FIRST_YEAR + 1) * len(city.TEMPLATES) * 168
WAITING = """
    SELECT (SELECT count(*) FROM submission.outbox)
         + (SELECT count(*) FROM validation.outbox)
         + (SELECT coalesce(pg_sequence_last_value('submission.outbox_id_seq'), 0))
         - (SELECT coalesce(pg_sequence_last_value('validation.outbox_id_seq'), 0))
"""
"""What is not told yet, and what validation has not decided yet."""

Samples = Sequence[Mapping[str, float]]


async def measure(bench: Bench) -> None:
    """Reports and, once every address was used, corrections: as many as the line takes."""
    seconds = bench.sizes.soak_seconds
    await bench.stand.quiet()
    async with line.running(bench.stand) as running:
        sending = asyncio.create_task(send(running, seconds))
        samples = await watched(running, seconds)
        sent = await sending
    bench.results.add("soak_reports_per_second", sent / seconds, "reports/s")
    for sample in samples:
        for process, memory in sample.items():
            bench.results.add(f"soak.memory.{process}", memory, "MB")
    found = {service: [sample[service] for sample in samples] for service in SERVICES}
    for service, series in found.items():
        bench.results.add(f"soak_growth.{service}", growth(series), "%")
        bench.say(f"soak, {service}: {series[0]:.0f} MB, at most {max(series):.0f} MB")
    bench.results.add("soak_growth", max(map(growth, found.values())), "%")
    bench.results.add("soak_memory_highest", max(map(max, found.values())), "MB")
    bench.say(f"soak: {sent / seconds:,.0f} reports/s")


async def send(running: Line, seconds: float) -> int:
    """Keep the line busy without drowning it; how many reports it took."""
    chance, places = Random(15), cycle(reports.addresses(EVERY_ADDRESS))
    ends, sent = stopwatch() + seconds, 0
    while stopwatch() < ends:
        if await running.asked(WAITING) > AHEAD:
            await asyncio.sleep(0.05)
        else:
            await bulk.send(running, [reports.lines(list(islice(places, PORTION)), chance)])
            sent += PORTION
    return sent


async def watched(running: Line, seconds: float) -> Samples:
    """The memory of each process, at even times."""
    began, samples = stopwatch(), []
    for number in range(1, LOOKS + 1):
        await asyncio.sleep(max(0.0, began + number * seconds / LOOKS - stopwatch()))
        samples.append(running.meter.memory())
    return samples


def growth(series: Sequence[float]) -> float:
    """By how much of its median the straight line rises that fits best after the warm part."""
    steady = series[int(len(series) * WARM) :]
    slope = linear_regression(range(len(steady)), steady).slope
    return 100 * slope * len(steady) / median(steady)
