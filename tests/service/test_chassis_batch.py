"""One batch, one transaction: on a real PostgreSQL, without Kafka."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, table, text

from chassis.consumer import Listener
from chassis.database import Database
from chassis.failures import BreakerOpen, Unprocessable
from chassis.unit import Received, Unit
from tests import bus
from tests.bus import Counted, Renamed
from tests.service.harness import emitted, record

Handler = Callable[[Sequence[Received[Any]], Unit], Awaitable[None]]


def listening(handler: Handler) -> Listener:
    listener = Listener("test")
    listener.on(Counted)(handler)
    return listener


def some(count: int, *, name: str = "a", start: int = 1) -> list[Any]:
    return [record(Counted(name=name, number=start + n)) for n in range(count)]


async def letters(database: Database) -> list[tuple[int, str, str]]:
    async with database.unit() as unit:
        rows = await unit.session.execute(
            text("SELECT record_offset, stage, cause FROM dead_letter ORDER BY id")
        )
        return [(offset, stage, cause) for offset, stage, cause in rows]


async def count_in(database: Database, name: str) -> int:
    async with database.unit() as unit:
        found = await unit.session.execute(select(func.count()).select_from(table(name)))
        return found.scalar_one()


async def test_an_event_is_applied_once_however_often_it_comes(database: Database) -> None:
    listener = listening(bus.apply)
    first = record(Counted(name="a", number=1))

    await listener.process([first, first], database)
    await listener.process([first, *some(1, name="b")], database)

    assert await bus.applied(database) == {("a", 1): 1, ("b", 1): 1}


async def test_two_listeners_of_one_service_each_hear_an_event(database: Database) -> None:
    one, other = listening(bus.apply), listening(bus.apply)
    other.name = "other"
    event = record(Counted(name="a", number=1))

    await one.process([event], database)
    await other.process([event], database)

    assert await bus.applied(database) == {("a", 1): 2}


async def test_an_id_of_another_system_is_unique_beside_its_source(database: Database) -> None:
    listener = listening(bus.apply)
    event = record(Counted(name="a", number=1))
    foreign = replace(
        event, headers=tuple((n, b"order-7" if n == "ce_id" else v) for n, v in event.headers)
    )

    await listener.process([foreign], database)
    await listener.process([foreign], database)

    assert await bus.applied(database) == {("a", 1): 1}


async def test_a_batch_is_split_by_handler_and_sorted_by_key_and_sequence(
    database: Database,
) -> None:
    calls: list[tuple[str, list[tuple[str, int]]]] = []

    def noting(name: str) -> Handler:
        async def note(events: Sequence[Received[Any]], _unit: Unit) -> None:
            calls.append((name, [(r.event.key, r.event.sequence) for r in events]))

        return note

    listener = Listener("test")
    listener.on(Renamed)(noting("renamed"))
    listener.on(Counted)(noting("counted"))
    records = [
        record(Counted(name="b", number=2)),
        record(Renamed(name="b", number=9)),
        record(Counted(name="a", number=3)),
        record(Counted(name="b", number=1)),
        record(Renamed(name="a", number=4)),
    ]

    await listener.process(records, database)

    assert calls == [
        ("renamed", [("a", 4), ("b", 9)]),
        ("counted", [("a", 3), ("b", 1), ("b", 2)]),
    ]


def test_a_type_has_one_handler() -> None:
    listener = listening(bus.apply)

    with pytest.raises(ValueError, match="one handler per type"):
        listener.on(Renamed, Counted)(bus.apply)


async def test_nothing_happened_when_a_part_is_away(database: Database) -> None:
    async def lose_the_connection(events: Sequence[Received[Any]], unit: Unit) -> None:
        await bus.apply(events, unit)
        unit.emit(events[0].event)
        await unit.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    records = some(3)
    with pytest.raises(Exception, match=r"terminat|closed"):
        await listening(lose_the_connection).process(records, database)

    for name in ("applied", "inbox", "outbox", "dead_letter"):
        assert await count_in(database, name) == 0
    await listening(bus.apply).process(records, database)
    assert len(await bus.applied(database)) == 3


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "23505", "23503", "0A000"])
async def test_a_conflict_is_tried_once_more_with_the_whole_batch(
    database: Database, sqlstate: str
) -> None:
    seen: list[int] = []

    async def conflict_at_first(events: Sequence[Received[Any]], unit: Unit) -> None:
        seen.append(len(events))
        await bus.apply(events, unit)
        if len(seen) == 1:
            await fail_with(unit, sqlstate)

    await listening(conflict_at_first).process(some(5), database)

    assert seen == [5, 5]
    assert set((await bus.applied(database)).values()) == {1}
    assert not await letters(database)


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "57014", "55P03", "53300"])
async def test_what_lasts_and_is_no_records_fault_holds_the_batch(
    database: Database, sqlstate: str
) -> None:
    async def fail(_events: Sequence[Received[Any]], unit: Unit) -> None:
        await fail_with(unit, sqlstate)

    with pytest.raises(Exception, match="planted"):
        await listening(fail).process(some(3), database)

    assert not await letters(database)
    assert await count_in(database, "inbox") == 0


@pytest.mark.parametrize(
    "sqlstate", ["22003", "23514", "23502", "23505", "23503", "54001", "42703"]
)
async def test_the_record_at_fault_is_set_aside_alone(database: Database, sqlstate: str) -> None:
    async def fail_on_seven(events: Sequence[Received[Any]], unit: Unit) -> None:
        await bus.apply(events, unit)
        for received in events:
            unit.emit(received.event, cause=received)
        if any(received.event.number == 7 for received in events):
            await fail_with(unit, sqlstate)

    records = some(20)
    await listening(fail_on_seven).process(records, database)

    assert await letters(database) == [(records[6].offset, "handler", sqlstate)]
    others = [n for n in range(1, 21) if n != 7]
    assert sorted(n for _, n in await bus.applied(database)) == others
    assert [event.number for event in await emitted(database, Counted)] == others
    assert await count_in(database, "inbox") == 19  # its claim was released


async def test_a_verdict_names_its_record(database: Database) -> None:
    calls: list[int] = []

    async def refuse_seven(events: Sequence[Received[Any]], unit: Unit) -> None:
        calls.append(len(events))
        for received in events:
            if received.event.number == 7:
                raise Unprocessable(received, "seven-is-no-number")
        await bus.apply(events, unit)

    records = some(20)
    await listening(refuse_seven).process(records, database)

    assert await letters(database) == [(records[6].offset, "handler", "seven-is-no-number")]
    assert calls == [20, 6, 13]
    assert len(await bus.applied(database)) == 19


async def test_an_event_too_large_to_tell_is_the_record_s_fault(database: Database) -> None:
    async def tell(events: Sequence[Received[Any]], unit: Unit) -> None:
        for received in events:
            unit.emit(received.event.model_copy(update={"note": received.event.note * 500}))

    records = [record(Counted(name="a", number=n, note="x" * n)) for n in (1, 1000, 2)]
    await listening(tell).process(records, database)

    assert await letters(database) == [(records[1].offset, "handler", "event-too-large")]
    assert len(await emitted(database, Counted)) == 2


async def test_a_handler_that_fails_too_often_holds_the_batch_and_heals(
    database: Database,
) -> None:
    broken = True

    async def sometimes(events: Sequence[Received[Any]], unit: Unit) -> None:
        if broken and any(received.event.number % 3 == 0 for received in events):
            raise KeyError("code")
        await bus.apply(events, unit)

    listener = listening(sometimes)
    records = some(100)
    for _ in range(2):
        with pytest.raises(BreakerOpen):
            await listener.process(records, database)
    assert not await letters(database)
    assert not await bus.applied(database)

    broken = False
    await listener.process(records, database)
    assert len(await bus.applied(database)) == 100


async def test_bad_data_never_trips_the_breaker(database: Database) -> None:
    async def refuse(events: Sequence[Received[Any]], _unit: Unit) -> None:
        raise Unprocessable(events[0], "never")

    await listening(refuse).process(some(50), database)

    assert len(await letters(database)) == 50


async def test_a_savepoint_undoes_rows_events_and_wakes_together(database: Database) -> None:
    woken: list[str] = []

    async def fail_within_a_savepoint(unit: Unit) -> None:
        async with unit.savepoint():
            unit.emit(Counted(name="undone", number=1))
            unit.after_commit(lambda: woken.append("undone"))
            await unit.session.execute(text("INSERT INTO applied VALUES ('undone', 1, 1)"))
            raise KeyError

    async with database.unit() as unit:
        unit.emit(Counted(name="kept", number=1))
        unit.after_commit(lambda: woken.append("kept"))
        with pytest.raises(KeyError):
            await fail_within_a_savepoint(unit)
        unit.emit(Counted(name="also kept", number=1))

    assert [event.name for event in await emitted(database, Counted)] == ["kept", "also kept"]
    assert woken == ["kept"]
    assert not await bus.applied(database)


async def test_what_is_emitted_says_its_cause(database: Database) -> None:
    ids: list[UUID] = []

    async def answer(events: Sequence[Received[Any]], unit: Unit) -> None:
        ids.extend([events[0].id, unit.emit(events[0].event, cause=events[0])])

    await listening(answer).process(some(1), database)

    async with database.unit() as unit:
        headers = dict(await unit.session.scalar(text("SELECT headers FROM outbox")) or ())
    assert headers["ce_causationid"] == str(ids[0])
    assert headers["ce_id"] == str(ids[1])
    assert headers["ce_correlationid"]


async def fail_with(unit: Unit, sqlstate: str) -> None:
    """Let the server itself raise an error of that code."""
    await unit.session.execute(
        text(f"DO $$ BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = '{sqlstate}'; END $$")
    )
