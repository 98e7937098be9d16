"""A database with a million facts and inbox rows in place: copies of what real reports left.

A month of one template that no scenario sends goes through the whole line; its rows are then
copied, table by table, to other such months and templates. Only what tells the copies apart is
changed.
"""

import asyncio
from collections.abc import Sequence
from itertools import product
from random import Random
from typing import Final

import asyncpg

from contracts.period import Period
from tests.benchmarks import city, line, reports
from tests.benchmarks.bench import Bench
from tests.benchmarks.scenarios import bulk
from tests.benchmarks.stand import SERVICES

MILLION, THREE_YEARS = "million", "three_years"
SAMPLE = 168
SETTLE_SECONDS = 300.0

TABLES: Final = {
    "submission": ("report", "report_version", "report_status"),
    "validation": ("report", "version", "decision"),
    "aggregation": ("fact", "figure_set", "accumulator"),
    "notification": ("notice", "standing"),
}
CHANGED: Final = {
    "report_id": "CAST(md5(CAST(report_id AS text) || place) AS uuid)",
    "template_code": "wanted_template",
    "period_code": "wanted_period",
    "period_ends_on": "wanted_end",
    "event_id": "gen_random_uuid()",
    "id": "gen_random_uuid()",
}
"""What is another value in each copy; every other column stays as it was."""
COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE (table_schema, table_name) = ($1, $2) AND is_generated = 'NEVER' AND is_identity = 'NO'
    ORDER BY ordinal_position
"""
WANTED = """
    unnest($1::text[], $2::text[], $3::date[]) WITH ORDINALITY
    AS wanted (wanted_template, wanted_period, wanted_end, place)
"""
HEARD = f"""
    INSERT INTO {{service}}.inbox (event_id, listener, received_on)
    SELECT uuidv7(), '{{service}}', current_date FROM generate_series(1, {SAMPLE}), {WANTED}
"""
ROOM = "ALTER SYSTEM SET max_wal_size = '16GB'", "ALTER SYSTEM RESET max_wal_size"
"""Checkpoints in the middle of the copying would only take longer."""


async def database(bench: Bench, name: str, facts: int, services: Sequence[str] = SERVICES) -> str:
    """The name of a database that many facts were copied into; made once in a run."""
    stand = bench.stand
    if not await exists(bench, name):
        place = await stand.fresh()
        await live(bench, place)
        await set_room(bench, ROOM[0])
        await asyncio.gather(*(copy(bench, place, service, facts) for service in services))
        await set_room(bench, ROOM[1])
        await stand.execute("VACUUM ANALYZE", place)
        await stand.execute("CHECKPOINT")
        await stand.execute(f"ALTER DATABASE {place} RENAME TO {name}")
        bench.say(f"{facts:,} facts and what belongs to them are in place")
    return name


async def exists(bench: Bench, name: str) -> bool:
    """Whether it was made already."""
    connection = await bench.stand.connect("postgres")
    try:
        query = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"
        return bool(await connection.fetchval(query, name))
    finally:
        await connection.close()


async def set_room(bench: Bench, statement: str) -> None:
    """Change how much may be written between two checkpoints."""
    await bench.stand.execute(statement)
    await bench.stand.execute("SELECT pg_reload_conf()")


async def live(bench: Bench, place: str) -> None:
    """Let the whole line apply the month as it always does."""
    await bench.stand.quiet()
    async with line.running(bench.stand, database=place) as running:
        mark = await running.mark(SAMPLE)
        month = list(reports.addresses(SAMPLE, city.LAST_OPEN_YEAR))
        await bulk.send(running, [reports.lines(month, Random(9))])
        await running.at_rest(mark, SETTLE_SECONDS)


async def copy(bench: Bench, place: str, service: str, facts: int) -> None:
    """Multiply a service's month into months that no scenario sends."""
    months = list(city.months(city.LAST_OPEN_YEAR + 2, city.LAST_YEAR))
    wanted = list(product(city.TEMPLATES, months))[: max(1, facts // SAMPLE)]
    arrays = columns(wanted)
    connection = await bench.stand.connect(place)
    try:
        await connection.execute("SET synchronous_commit = off")
        for table in TABLES[service]:
            await connection.execute(await copying(connection, service, table), *arrays)
        await connection.execute(HEARD.format(service=service), *arrays)
    finally:
        await connection.close()


def columns(wanted: Sequence[tuple[str, Period]]) -> tuple[list[object], ...]:
    """Templates, months and their last days as the arrays of a statement."""
    codes: list[object] = [period.code for _, period in wanted]
    return [code for code, _ in wanted], codes, [period.ends_on for _, period in wanted]


async def copying(connection: "asyncpg.Connection[asyncpg.Record]", schema: str, table: str) -> str:
    """The statement that copies every row of a table for each wanted template and month."""
    names = [row[0] for row in await connection.fetch(COLUMNS, schema, table)]
    values = [CHANGED.get(name, name) for name in names]
    return f"""
        INSERT INTO {schema}.{table} ({", ".join(names)})
        SELECT {", ".join(values)} FROM {schema}.{table}, {WANTED} ON CONFLICT DO NOTHING
    """
