"""The floor: the least that can be done with a record and still have it in PostgreSQL.

aiokafka, msgspec, COPY; one transaction for a thousand records; no inbox, no logic, no totals.
"""

import argparse
import asyncio
from typing import Any

import asyncpg
import msgspec
import uvloop
from aiokafka import AIOKafkaConsumer

COLUMNS = ("report_id", "template_code", "period_code", "version", *(f"f{n}" for n in range(10)))


class Period(msgspec.Struct):
    """Of a decision, the part that is used."""

    code: str


class Content(msgspec.Struct):
    """The ten fields."""

    values: dict[str, str | int | None]


class Approved(msgspec.Struct):
    """Of a decision, the part that is used."""

    report_id: str
    template_code: str
    period: Period
    version: int
    content: Content


async def main(bootstrap: str, dsn: str, topic: str, group: str) -> None:
    """Copy records until stopped."""
    decoder = msgspec.json.Decoder(Approved)
    connection = await asyncpg.connect(dsn)
    async with AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    ) as consumer:
        while True:
            batches = await consumer.getmany(timeout_ms=200, max_records=1_000)
            rows = [row(decoder.decode(r.value)) for part in batches.values() for r in part]
            if rows:
                await copy(connection, rows)
                await consumer.commit()


async def copy(
    connection: "asyncpg.Connection[asyncpg.Record]", rows: list[tuple[Any, ...]]
) -> None:
    """One transaction for all of them."""
    async with connection.transaction():
        await connection.copy_records_to_table(
            "floor", schema_name="bench", columns=COLUMNS, records=rows
        )


def row(event: Approved) -> tuple[Any, ...]:
    """A decision as a row: amounts stay text, as cheap as can be."""
    values = [str(value) for value in event.content.values.values()]
    return (event.report_id, event.template_code, event.period.code, event.version, *values)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--bootstrap", "--dsn", "--topic", "--group"):
        parser.add_argument(name, required=True)
    given = parser.parse_args()
    uvloop.install()
    asyncio.run(main(given.bootstrap, given.dsn, given.topic, given.group))
