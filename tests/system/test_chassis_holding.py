"""What the consumer does when it cannot go on: it holds, says so, and goes on by itself."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaError
from sqlalchemy import text

from chassis import subscriber as subscribing
from chassis.consumer import Listener
from chassis.database import Database
from chassis.progress import Lag, Progress
from chassis.subscriber import Subscriber
from chassis.unit import Received, Unit
from tests import bus
from tests.bus import Counted
from tests.proxy import Proxy
from tests.service.harness import record
from tests.stack import Stack

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :'name'"


async def a_topic(stack: Stack, count: int, partitions: int = 1) -> type[Counted]:
    """A topic with so many events in it."""
    topic = bus.some_topic()
    await bus.make_topic(stack.bootstrap, topic, partitions)
    event = bus.counted_on(topic)
    events = [record(event(name="a", number=n + 1), partition=n % partitions) for n in range(count)]
    await bus.send(stack.bootstrap, events)
    return event


def listening(event: type[Counted], handler: Any) -> Listener:  # noqa: ANN401
    listener = Listener(event.topic)
    listener.on(event)(handler)
    return listener


async def has(database: Database, count: int) -> bool:
    return len(await bus.applied(database)) == count


async def test_a_database_that_falls_silent_holds_the_batch_until_it_answers(
    stack: Stack, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("CONNECT_SECONDS", "COMMAND_SECONDS"):
        monkeypatch.setattr(f"chassis.database.{limit}", 1)
    event = await a_topic(stack, 20)
    proxy = Proxy(database.engine.url.render_as_string(hide_password=False))
    async with proxy.running():
        behind = Database(proxy.url, bus.SCHEMA)
        subscriber = Subscriber(listening(event, bus.apply), behind, stack.bootstrap)
        proxy.freeze()
        async with bus.running(subscriber):
            await bus.until(lambda: shares(subscriber, 1))
            await asyncio.sleep(2)
            assert not await bus.applied(database)
            assert [lag.messages for lag in subscriber.lags()] == [20]
            proxy.thaw()
            await bus.until(lambda: has(database, 20))
        await behind.close()


async def test_every_connection_cut_again_and_again_costs_nothing(
    stack: Stack, database: Database, tmp_path: Path
) -> None:
    event = await a_topic(stack, 200)

    async def slowly(events: Sequence[Received[Any]], unit: Unit) -> None:
        await bus.apply(events, unit)
        await asyncio.sleep(0.05)

    subscriber = Subscriber(listening(event, slowly), database, stack.bootstrap)
    script = tmp_path / "cut.sql"  # psql knows variables in files only
    script.write_text(CUT)
    variables = {"name": str(database.engine.url.database)}
    async with bus.running(subscriber):
        for _ in range(5):
            await asyncio.sleep(0.1)
            await asyncio.to_thread(stack.psql, "-f", str(script), variables=variables)
        await bus.until(lambda: has(database, 200))
    assert set((await bus.applied(database)).values()) == {1}


async def test_the_breaker_is_told_of_and_heals(
    stack: Stack, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.hold.BREAKER_SECONDS", 1.0)
    event = await a_topic(stack, 100)
    broken = True

    async def sometimes(events: Sequence[Received[Any]], unit: Unit) -> None:
        if broken:
            raise KeyError("code")
        await bus.apply(events, unit)

    subscriber = Subscriber(listening(event, sometimes), database, stack.bootstrap)

    async def is_open() -> bool:
        return bool(subscriber.troubles())

    async with bus.running(subscriber):
        await bus.until(is_open)
        assert "sometimes" in subscriber.troubles()[0]
        broken = False
        await bus.until(lambda: has(database, 100))
        assert not subscriber.troubles()
    async with database.unit() as unit:
        assert await unit.session.scalar(text("SELECT count(*) FROM dead_letter")) == 0


async def test_a_stop_lets_the_batch_end_and_its_offsets_be_committed(
    stack: Stack, database: Database
) -> None:
    event = await a_topic(stack, 10)
    started = asyncio.Event()
    batches: list[int] = []

    async def slowly(events: Sequence[Received[Any]], unit: Unit) -> None:
        batches.append(len(events))
        started.set()
        await asyncio.sleep(1)
        await bus.apply(events, unit)

    listener = listening(event, slowly)
    async with bus.running(Subscriber(listener, database, stack.bootstrap)):
        await started.wait()
    assert await has(database, 10)

    async with bus.running(Subscriber(listener, database, stack.bootstrap)):
        await bus.send(stack.bootstrap, [record(event(name="b", number=1))])
        await bus.until(lambda: has(database, 11))
    assert batches[-1] == 1
    assert sum(batches) == 11


async def test_a_stop_gives_up_on_a_batch_that_does_not_end(
    stack: Stack, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribing, "FINISH_SECONDS", 1.0)
    event = await a_topic(stack, 3)
    started = asyncio.Event()

    async def never_end(_events: Sequence[Received[Any]], _unit: Unit) -> None:
        started.set()
        await asyncio.sleep(60)

    async with bus.running(Subscriber(listening(event, never_end), database, stack.bootstrap)):
        await started.wait()
        began = monotonic()
    assert monotonic() - began < 4
    assert not await bus.applied(database)


async def test_a_stop_does_not_wait_for_the_end_of_a_hold(stack: Stack, database: Database) -> None:
    event = await a_topic(stack, 30)

    async def fail(_events: Sequence[Received[Any]], _unit: Unit) -> None:
        raise KeyError("code")

    subscriber = Subscriber(listening(event, fail), database, stack.bootstrap)

    async def is_open() -> bool:
        return bool(subscriber.troubles())

    async with bus.running(subscriber):
        await bus.until(is_open)
        began = monotonic()
    assert monotonic() - began < 3


async def test_members_come_and_go_and_each_event_is_applied_once(
    stack: Stack, database: Database
) -> None:
    event = await a_topic(stack, 40, partitions=4)
    listener = listening(event, bus.apply)
    one, two = (Subscriber(listener, database, stack.bootstrap) for _ in range(2))

    async with bus.running(one):
        await bus.until(lambda: has(database, 40))
        async with bus.running(two):
            await bus.until(lambda: shares(one, 2))
            more = [record(event(name="b", number=n), partition=n % 4) for n in range(40)]
            await bus.send(stack.bootstrap, more)
            await bus.until(lambda: has(database, 80))
        await bus.until(lambda: shares(one, 4))
    assert set((await bus.applied(database)).values()) == {1}


async def shares(subscriber: Subscriber, partitions: int) -> bool:
    return len(subscriber.lags()) == partitions


async def test_a_member_whose_coordinator_died_joins_anew(stack: Stack, database: Database) -> None:
    event = await a_topic(stack, 5)
    subscriber = Subscriber(listening(event, bus.apply), database, stack.bootstrap)

    async with bus.running(subscriber):
        await bus.until(lambda: has(database, 5))
        subscriber._subscription.consumer._coordinator._coordination_task.cancel()
        await bus.send(stack.bootstrap, [record(event(name="b", number=1))])
        await bus.until(lambda: shares(subscriber, 0))
        await bus.until(lambda: has(database, 6))


async def test_a_gap_check_that_fails_is_made_again_before_anything_is_applied(
    stack: Stack, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = await a_topic(stack, 5)
    check, failures = Progress.assigned, iter([True])

    async def fail_at_first(self: Progress, *arguments: Any) -> None:  # noqa: ANN401
        if next(failures, False):
            raise KafkaConnectionError
        assert not await bus.applied(database)
        await check(self, *arguments)

    monkeypatch.setattr(Progress, "assigned", fail_at_first)
    async with bus.running(Subscriber(listening(event, bus.apply), database, stack.bootstrap)):
        await bus.until(lambda: has(database, 5))


def test_records_that_wait_while_none_comes_mean_a_consumer_that_is_lost(
    database: Database,
) -> None:
    subscriber = Subscriber(Listener("test"), database, "localhost:1")
    waiting = [Lag("test", 0, messages=5, seconds=1.0)]
    subscriber._watch(waiting)
    subscriber._moved -= 61

    with pytest.raises(KafkaError, match="none comes"):
        subscriber._watch(waiting)
    subscriber._watch([])
    subscriber._watch(waiting)
