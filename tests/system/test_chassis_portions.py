"""A batch that takes too long for its size is taken in parts, and the line goes on."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from chassis.consumer import Listener
from chassis.database import Database
from chassis.subscriber import Subscriber
from chassis.unit import Received, Unit
from tests import bus
from tests.service.harness import record
from tests.stack import Stack

RECORDS = 100


async def test_a_batch_of_which_a_statement_takes_too_long_goes_through_in_parts(
    stack: Stack, database: Database
) -> None:
    topic = bus.some_topic()
    await bus.make_topic(stack.bootstrap, topic)
    event = bus.counted_on(topic)
    sizes: list[int] = []

    async def slowly(events: Sequence[Received[Any]], unit: Unit) -> None:
        sizes.append(len(events))
        await unit.session.execute(text("SET LOCAL statement_timeout = '400ms'"))
        seconds = {"seconds": 0.01 * len(events)}
        await unit.session.execute(text("SELECT pg_sleep(:seconds)"), seconds)
        await bus.apply(events, unit)

    async def all_applied() -> bool:
        return len(await bus.applied(database)) == RECORDS

    listener = Listener(topic)
    listener.on(event)(slowly)
    events = [record(event(name="a", number=n)) for n in range(RECORDS)]
    await bus.send(stack.bootstrap, events)
    async with bus.running(Subscriber(listener, database, stack.bootstrap)):
        await bus.until(all_applied)

    assert set((await bus.applied(database)).values()) == {1}
    assert max(sizes) > 40, "it was never too much"
