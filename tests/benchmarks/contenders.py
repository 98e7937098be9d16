"""Who does the roll-up: the floor, the naive way, Wardline; how each is started and watched."""

import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from deploy.local.server import Server
from tests.benchmarks import city
from tests.benchmarks.reports import Stream
from tests.benchmarks.served import Program
from tests.benchmarks.stand import Stand

TOPIC: Final = "validation.reports"
Totals = Mapping[tuple[str, str], Mapping[str, Decimal]]

FLOOR_TABLE = f"""
    CREATE SCHEMA bench;
    CREATE TABLE bench.floor (report_id text, template_code text, period_code text, version int,
                              {", ".join(f"f{n} text" for n in range(10))})
"""
OUR_TOTALS = """
    SELECT template_code, period_code, code, numerator FROM aggregation.accumulator
    WHERE breakdown = '' AND code = ANY($1)
"""
NAIVE_TOTALS = f"""
    SELECT template_code, period_code, code, numerator
    FROM bench.figure, LATERAL (VALUES {", ".join(f"('{n}', {n})" for n in city.FIELDS)})
         AS each (code, numerator)
    WHERE code = ANY($1)
"""


@dataclass(frozen=True)
class Contender:
    """One way of doing it; ``guarantee`` is what it promises of each record."""

    name: str
    guarantee: str
    start: Callable[[Stand, str], Server]
    """The program, not started, on a database."""
    done: Callable[[Stand, str, Stream], Awaitable[int]]
    """How many records of a stream have had their effect."""
    expects: Callable[[Stream], int]
    """How many that will be at the end."""
    totals: Callable[[Stand, str], Awaitable[Totals]] | None = None
    """What it came to; none where nothing is added up."""
    prepare: str = ""
    """SQL for a fresh database."""
    topics: Callable[[str], tuple[str, ...]] = lambda _: ()
    """Topics of its own that must be there, by database."""
    group: str = ""
    """Its group when that is always the same; else it makes one for each database."""
    topic: str = TOPIC
    slow: bool = False
    """It is not watched to the end."""


def counting(query: str, table: str) -> Callable[[Stand, str, Stream], Awaitable[int]]:
    """Progress as a query counts it in a table; nothing while the table is not there yet."""

    async def count(stand: Stand, database: str, stream: Stream) -> int:
        connection = await stand.connect(database)
        try:
            if await connection.fetchval("SELECT to_regclass($1) IS NULL", table):
                return 0
            known = [stream.first, stream.events] if "$1" in query else []
            return int(await connection.fetchval(query, *known))
        finally:
            await connection.close()

    return count


def summed(query: str) -> Callable[[Stand, str], Awaitable[Totals]]:
    """Totals as a query finds them."""

    async def read(stand: Stand, database: str) -> Totals:
        connection = await stand.connect(database)
        try:
            rows = await connection.fetch(query, list(city.FIELDS))
        finally:
            await connection.close()
        found: dict[tuple[str, str], dict[str, Decimal]] = {}
        for template, period, code, amount in rows:
            found.setdefault((template, period), {})[code] = amount
        return found

    return read


def _floor(stand: Stand, database: str) -> Server:
    words = [sys.executable, "-m", "tests.benchmarks.floor", "--bootstrap", stand.bootstrap]
    words += ["--dsn", stand.dsn(database), "--topic", TOPIC, "--group", f"floor-{database}"]
    return Program("floor", stand.layout.data, words)


def _naive(stand: Stand, database: str) -> Server:
    words = [sys.executable, "-m", "tests.benchmarks.naive", "--bootstrap", stand.bootstrap]
    words += ["--url", stand.postgres.url("postgres", database), "--topic", TOPIC]
    words += ["--group", f"naive-{database}", "--workers", str(stand.partitions)]
    return Program("naive", stand.layout.data, words)


FLOOR = Contender(
    "floor",
    "nothing: no inbox, no totals",
    _floor,
    counting("SELECT count(*) FROM bench.floor", "bench.floor"),
    lambda stream: len(stream.records),
    prepare=FLOOR_TABLE,
)
NAIVE = Contender(
    "naive",
    "effectively once (inbox)",
    _naive,
    counting("SELECT count(*) FROM bench.inbox", "bench.inbox"),
    lambda stream: stream.events,
    totals=summed(NAIVE_TOTALS),
    prepare="CREATE SCHEMA bench",
    slow=True,
)


def ours(service: str, topic: str = TOPIC) -> Contender:
    """One of Wardline's services as shipped: heard, and all that it has to tell is told."""
    return Contender(
        service,
        "effectively once (inbox and sequence)",
        lambda stand, database: stand.service(service, database),
        counting(
            f"""
            SELECT greatest(0, least(
                (SELECT count(*) FROM {service}.inbox WHERE event_id >= $1),
                $2 - (SELECT count(*) FROM {service}.outbox
                      WHERE topic <> 'aggregation.figures')))
            """,
            f"{service}.inbox",
        ),
        lambda stream: stream.events,
        totals=summed(OUR_TOTALS) if service == "aggregation" else None,
        group=service,
        topic=topic,
    )


AGGREGATION = ours("aggregation")
VALIDATION = ours("validation", "submission.reports")
NOTIFICATION = ours("notification")
