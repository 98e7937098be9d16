"""The bus on a real Kafka and a real PostgreSQL: from one outbox to another service's tables."""

from chassis.consumer import Listener
from chassis.database import Database
from chassis.relay import Relay
from chassis.subscriber import Subscriber
from tests import bus
from tests.stack import Stack


async def test_what_is_emitted_is_applied_once_at_the_other_end(
    stack: Stack, database: Database
) -> None:
    topic = bus.some_topic()
    await bus.make_topic(stack.bootstrap, topic, partitions=2)
    event = bus.counted_on(topic)
    listener = Listener(topic)
    listener.on(event)(bus.apply)
    relay = Relay(database, stack.bootstrap)
    subscriber = Subscriber(listener, database, stack.bootstrap)

    async with bus.running(relay), bus.running(subscriber):
        async with database.unit() as unit:
            for number in range(1, 101):
                unit.emit(event(name=f"n{number % 7}", number=number))

        async def done() -> bool:
            return len(await bus.applied(database)) == 100

        await bus.until(done)
    assert set((await bus.applied(database)).values()) == {1}
