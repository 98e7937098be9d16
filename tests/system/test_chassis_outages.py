"""Kafka and PostgreSQL come and go; nothing is lost and nothing is applied twice."""

import asyncio
from pathlib import Path
from signal import SIGKILL

from chassis.consumer import Listener
from chassis.database import Database
from chassis.relay import Relay
from chassis.subscriber import Subscriber
from deploy.local.kafka import Kafka
from tests import bus
from tests.bus import Counted
from tests.stack import Stack


async def has(database: Database, count: int) -> bool:
    return len(await bus.applied(database)) == count


async def tell(database: Database, event: type[Counted], *numbers: int) -> None:
    async with database.unit() as unit:
        for number in numbers:
            unit.emit(event(name="a", number=number))


async def start(kafka: Kafka) -> None:
    """Start it from this thread, whose end would be its own, without stopping the event loop."""
    kafka.launch()

    async def answers() -> bool:
        return await asyncio.to_thread(kafka.answers)

    await bus.until(answers, 60)


async def test_kafka_away_at_the_start_and_killed_later_delays_and_loses_nothing(
    stack: Stack, database: Database, tmp_path: Path
) -> None:
    topic = bus.some_topic()
    event = bus.counted_on(topic)
    listener = Listener(topic)
    listener.on(event)(bus.apply)
    kafka = Kafka(tmp_path, 0)
    relay = Relay(database, kafka.bootstrap)
    subscriber = Subscriber(listener, database, kafka.bootstrap)

    try:
        async with bus.running(relay), bus.running(subscriber):
            await tell(database, event, 1)
            await asyncio.sleep(1)
            assert relay.leads()
            await start(kafka)
            await bus.make_topic(kafka.bootstrap, topic, partitions=2)
            await bus.until(lambda: has(database, 1), 60)

            await tell(database, event, *range(2, 200))
            kafka.process.stop(SIGKILL)
            await tell(database, event, 200)
            await asyncio.sleep(2)
            await start(kafka)
            await bus.until(lambda: has(database, 200), 60)
            assert subscriber.pulse.age < 60
    finally:
        kafka.stop()
    assert set((await bus.applied(database)).values()) == {1}
