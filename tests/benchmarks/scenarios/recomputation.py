"""Recomputing every figure from the facts."""

import sys

from tests.benchmarks import seeded
from tests.benchmarks.bench import Bench, RefusedError
from tests.benchmarks.served import Program, stopwatch

MONTHS = 36
TOTAL = """
    SELECT md5(string_agg(row, ' ' ORDER BY row)) FROM (
        SELECT concat_ws(' ', template_code, period_code, code, breakdown,
                         trim_scale(numerator), trim_scale(denominator)) AS row
        FROM aggregation.accumulator) AS rows
"""
PATIENCE = 300.0


async def measure(bench: Bench) -> None:
    """168 wards × 7 templates × 36 months, by the operator's command."""
    facts = min(bench.sizes.facts, seeded.SAMPLE * 7 * MONTHS)
    place = await seeded.database(bench, seeded.THREE_YEARS, facts, ["aggregation"])
    service = bench.stand.service("aggregation", place)
    words = [sys.executable, "-m", "services.aggregation", "recompute"]
    right = await total(bench, place)
    for _ in range(bench.rounds):
        program = Program("recompute", bench.stand.layout.data, words, service.environment())
        began = stopwatch()
        program.launch()
        if not program.ended_well(PATIENCE):
            raise RefusedError(f"recompute: {program.process.last_words()}")
        bench.results.add("recomputation", stopwatch() - began, "s")
        if await total(bench, place) != right:
            bench.results.wrong("recomputation: the totals have changed")
        bench.say(f"recomputation: {stopwatch() - began:.1f} s, the program's start included")


async def total(bench: Bench, place: str) -> str:
    """A digest of every figure, which recomputing must not change."""
    connection = await bench.stand.connect(place)
    try:
        return str(await connection.fetchval(TOTAL))
    finally:
        await connection.close()
