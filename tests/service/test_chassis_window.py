"""What a leading relay sees of the outbox, and what the inbox forgets."""

from datetime import date

import pytest
from sqlalchemy import text

from chassis import inbox, relay, window
from chassis.database import Database
from chassis.window import Window
from tests import bus
from tests.bus import Counted


async def tell(database: Database, *numbers: int) -> None:
    async with database.unit() as unit:
        for number in numbers:
            unit.emit(Counted(name="a", number=number))


async def test_a_row_that_is_committed_late_is_told_though_later_ones_are_gone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "FLOOR_SECONDS", 0.0)
    monkeypatch.setattr(window, "WHOLE_SECONDS", 3_600.0)
    connection = await database.dedicated()
    looking = Window(connection)
    async with database.unit() as slow:
        slow.emit(Counted(name="slow", number=1))
        await slow.flush()  # it has its id and does not commit yet
        await tell(database, 2, 3)
        later = [message.id for message in await looking.read()]
        await looking.remove(later)
        for _ in range(5):
            assert await looking.read() == []
        assert looking._floor == 0

    (late,) = await looking.read()
    assert late.id < min(later)
    await looking.remove([late.id])

    async def has_risen() -> bool:  # once nobody else's snapshot is older
        await looking.read()
        return looking._floor == max(later)

    await bus.until(has_risen)
    await connection.close()


async def test_a_row_behind_a_refused_one_of_its_key_waits(database: Database) -> None:
    await tell(database, 1, 2)
    async with database.unit() as unit:
        unit.emit(Counted(name="b", number=1))
    connection = await database.dedicated()
    looking = Window(connection)
    first, second, other = await looking.read()

    await looking.set_aside(first.id, "too large")

    assert [message.id for message in await looking.read()] == [other.id]
    assert second.key == first.key
    await connection.close()


async def test_an_outbox_that_grew_before_anyone_counted_it_is_read_by_its_key(
    database: Database,
) -> None:
    connection = await database.dedicated(**relay.BY_ID)
    await connection.execute("""
        INSERT INTO outbox (event_id, topic, key, headers, payload, created_at)
        SELECT gen_random_uuid(), 'test', 'key', '[]', 'payload', now()
        FROM generate_series(1, 20000)
    """)

    plan = await connection.fetch(f"EXPLAIN {window.READ}".replace("$1", "0").replace("$2", "1000"))

    text_of_it = "\n".join(row[0] for row in plan)
    assert "outbox_pkey" in text_of_it
    assert "Sort" not in text_of_it
    await connection.close()


async def test_ids_are_forgotten_after_thirty_days(database: Database) -> None:
    async with database.unit() as unit:
        today = unit.now.date()
        for day in (date(2020, 1, 1), today):
            await unit.session.execute(
                text("INSERT INTO inbox VALUES (gen_random_uuid(), 'test', :day)"), {"day": day}
            )
        await inbox.purge(unit)

        days = await unit.session.scalars(text("SELECT received_on FROM inbox"))
        assert list(days) == [today]
