"""The relay: order, one leader, a supervised producer, rows that the broker refuses."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from random import Random

import pytest
from sqlalchemy import text

from chassis import outbox, relay
from chassis.database import Database
from chassis.relay import Relay
from tests import bus
from tests.bus import Counted
from tests.proxy import Proxy
from tests.stack import Stack

RAISE = text("""
    INSERT INTO applied AS known (key, sequence, times) VALUES (:name, 0, 1)
    ON CONFLICT (key, sequence) DO UPDATE SET times = known.times + 1 RETURNING times
""")


class GaveUp(Exception):
    """A transaction that is rolled back at its end."""


async def is_told(database: Database) -> bool:
    async with database.unit() as unit:
        return (await outbox.backlog(unit.session)).pending == 0


async def tell(database: Database, *events: Counted) -> None:
    async with database.unit() as unit:
        for event in events:
            unit.emit(event)


async def a_topic(stack: Stack, config: Mapping[str, str] = bus.NO_CONFIG) -> type[Counted]:
    topic = bus.some_topic()
    await bus.make_topic(stack.bootstrap, topic, config=config)
    return bus.counted_on(topic)


async def numbers_in(stack: Stack, event: type[Counted], count: int) -> list[tuple[str, int]]:
    records = await bus.everything_in(stack.bootstrap, event.topic, count)
    told = [event.model_validate_json(record.value or b"") for record in records]
    return [(event.name, event.number) for event in told]


async def raise_one(database: Database, event: type[Counted], chance: Random) -> None:
    """Raise a counter under its row lock and tell it; at times slowly, at times in vain."""
    async with database.unit() as unit:
        name = f"n{chance.randrange(4)}"
        number = await unit.session.scalar(RAISE, {"name": name})
        unit.emit(event(name=name, number=number))
        await unit.flush()
        await asyncio.sleep(chance.random() * 0.02)
        if chance.random() < 0.2:
            raise GaveUp


async def test_events_of_concurrent_transactions_are_told_in_their_aggregates_order(
    stack: Stack, database: Database
) -> None:
    event = await a_topic(stack)

    async def write(seed: int) -> None:
        chance = Random(seed)
        for _ in range(15):
            with suppress(GaveUp):
                await raise_one(database, event, chance)

    async with bus.running(Relay(database, stack.bootstrap)):
        await asyncio.gather(*(write(seed) for seed in range(9)))
        await bus.until(lambda: is_told(database))

    async with database.unit() as unit:
        rows = (await unit.session.execute(text("SELECT key, times FROM applied"))).all()
    last = {str(key): int(times) for key, times in rows}
    told = await numbers_in(stack, event, sum(last.values()))
    for name, highest in last.items():
        assert [number for told_name, number in told if told_name == name] == list(
            range(1, highest + 1)
        )


async def test_one_of_two_relays_leads_and_the_other_takes_over(
    stack: Stack, database: Database
) -> None:
    event = await a_topic(stack)
    first, second = Relay(database, stack.bootstrap), Relay(database, stack.bootstrap)

    async def leads(which: Relay) -> bool:
        return which.leads()

    async with bus.running(second):
        async with bus.running(first):
            await bus.until(lambda: leads_one(first, second))
            await tell(database, event(name="a", number=1))
            await bus.until(lambda: is_told(database))
            assert first.leads() != second.leads()
        await bus.until(lambda: leads(second))
        await tell(database, event(name="a", number=2))
        await bus.until(lambda: is_told(database))

    assert await numbers_in(stack, event, 2) == [("a", 1), ("a", 2)]


async def leads_one(*relays: Relay) -> bool:
    return any(each.leads() for each in relays)


async def test_a_leader_behind_a_frozen_connection_no_longer_leads(
    stack: Stack, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "SESSION_TIMEOUT", "2s")
    monkeypatch.setattr(relay, "SURE_SECONDS", 1.0)
    event = await a_topic(stack)
    proxy = Proxy(database.engine.url.render_as_string(hide_password=False))
    async with proxy.running():
        behind = Database(proxy.url, bus.SCHEMA)
        frozen, healthy = Relay(behind, stack.bootstrap), Relay(database, stack.bootstrap)
        async with bus.running(frozen):
            await bus.until(lambda: leads_one(frozen))
            async with bus.running(healthy):
                proxy.freeze()
                await tell(database, event(name="a", number=1))
                await bus.until(lambda: leads_one(healthy))
                assert not frozen.leads()
                await bus.until(lambda: is_told(database))
        await behind.close()

    assert await numbers_in(stack, event, 1) == [("a", 1)]


async def one_waits_for_one_refused(database: Database) -> bool:
    async with database.unit() as unit:
        waiting = await outbox.backlog(unit.session)
    return (waiting.pending, waiting.refused) == (1, 1)


async def test_a_row_that_the_broker_refuses_waits_with_its_key_and_all_others_go_on(
    stack: Stack, database: Database
) -> None:
    event = await a_topic(stack, {"max.message.bytes": "20000"})
    chance = Random(1)
    noise = "".join(chr(chance.randrange(0x4E00, 0x9FFF)) for _ in range(30_000))

    async with bus.running(Relay(database, stack.bootstrap)):
        await tell(
            database,
            event(name="a", number=1),
            event(name="a", number=2, note=noise),
            event(name="b", number=1),
            event(name="a", number=3),
        )
        await bus.until(lambda: one_waits_for_one_refused(database))
        told = await numbers_in(stack, event, 2)
        assert sorted(told) == [("a", 1), ("b", 1)]

        await bus.configure(stack.bootstrap, event.topic, {"max.message.bytes": "524288"})
        async with database.unit() as unit:
            ids = await unit.session.scalars(text("SELECT id FROM outbox WHERE refused <> ''"))
            await outbox.release(unit.session, list(ids))
        await bus.until(lambda: is_told(database))
    told = await numbers_in(stack, event, 4)
    assert [number for name, number in told if name == "a"] == [1, 2, 3]
