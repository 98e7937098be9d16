"""The naive way: what a careful team writes first. Correct, and one transaction for each message.

One FastStream handler, the event as a pydantic model, a SQLModel session with a pool of its own;
in one transaction the inbox row, the fact (an older decision never replaces a newer one), the
sums of the period, and the outbox row. No waits, no logging, one consumer for each partition.
"""

import argparse
import asyncio
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

import uvloop
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaMessage
from sqlalchemy import BigInteger, Column, Identity
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from contracts.decisions import ReportApproved

FIELDS = ("fin01", "fin02", "fin03", "fin04", "fin05", "fin06", "fin07", "fin08", "fin09", "fin11")
ZERO = Decimal(0)


class Inbox(SQLModel, table=True):
    """An event that was handled."""

    __table_args__: ClassVar[Any] = {"schema": "bench"}
    event_id: UUID = Field(primary_key=True)


class Fact(SQLModel, table=True):
    """What is known of a report."""

    __table_args__: ClassVar[Any] = {"schema": "bench"}
    report_id: UUID = Field(primary_key=True)
    decision_no: int
    values: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class Figure(SQLModel, table=True):
    """The sums of a template and period."""

    __table_args__: ClassVar[Any] = {"schema": "bench"}
    template_code: str = Field(primary_key=True)
    period_code: str = Field(primary_key=True)
    fin01: Decimal = ZERO
    fin02: Decimal = ZERO
    fin03: Decimal = ZERO
    fin04: Decimal = ZERO
    fin05: Decimal = ZERO
    fin06: Decimal = ZERO
    fin07: Decimal = ZERO
    fin08: Decimal = ZERO
    fin09: Decimal = ZERO
    fin11: Decimal = ZERO


class Outbox(SQLModel, table=True):
    """What is to be told."""

    __table_args__: ClassVar[Any] = {"schema": "bench"}
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    event: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


async def handle(engine: AsyncEngine, event_id: UUID, event: ReportApproved) -> None:
    """One message, one transaction."""
    async with AsyncSession(engine) as session, session.begin():
        claim = insert(Inbox).values(event_id=event_id).on_conflict_do_nothing()
        if not (await session.exec(claim)).rowcount:
            return
        fact = await session.get(Fact, event.report_id, with_for_update=True)
        if fact and fact.decision_no >= event.decision_no:
            return
        before = fact.values if fact else {}
        after = event.content.values
        if fact is None:
            fact = Fact(report_id=event.report_id, decision_no=0, values={})
        fact.decision_no, fact.values = event.decision_no, dict(after)
        session.add(fact)
        await add_up(session, event, {n: difference(before, after, n) for n in FIELDS})
        about = {"template": event.template_code, "period": event.period.code}
        session.add(Outbox(event={"type": "figures-changed", **about}))


async def add_up(session: AsyncSession, event: ReportApproved, by: dict[str, Decimal]) -> None:
    """Move the sums of a period."""
    new = insert(Figure).values(
        template_code=event.template_code, period_code=event.period.code, **by
    )
    sums = {name: getattr(Figure, name) + new.excluded[name] for name in FIELDS}
    await session.exec(new.on_conflict_do_update(index_elements=KEY, set_=sums))


KEY = ("template_code", "period_code")


def difference(before: dict[str, Any], after: dict[str, Any], name: str) -> Decimal:
    """By how much a field moves."""
    return Decimal(after.get(name) or 0) - Decimal(before.get(name) or 0)


async def main(bootstrap: str, url: str, topic: str, group: str, workers: int) -> None:
    """Handle messages until stopped."""
    engine = create_async_engine(url, pool_size=10)
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    broker = KafkaBroker(bootstrap, logger=None)

    @broker.subscriber(
        topic,
        group_id=group,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.NACK_ON_ERROR,
        max_workers=workers,
    )
    async def receive(event: ReportApproved, message: KafkaMessage) -> None:
        await handle(engine, UUID(message.headers["ce_id"]), event)

    await FastStream(broker, logger=None).run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("--bootstrap", "--url", "--topic", "--group"):
        parser.add_argument(option, required=True)
    parser.add_argument("--workers", type=int, default=4)
    given = parser.parse_args()
    uvloop.install()
    asyncio.run(main(given.bootstrap, given.url, given.topic, given.group, given.workers))
