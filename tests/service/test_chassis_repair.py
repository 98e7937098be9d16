"""What an operator does on the command line with what was set aside."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from chassis import migrate, repair
from chassis.consumer import Listener
from chassis.runtime import Runtime
from chassis.service import compose
from chassis.settings import ServiceSettings
from chassis.unit import Received, Unit
from contracts.catalogue import PHUONG, WardDefined
from tests.conftest import TestDatabase
from tests.probe import MIGRATIONS, SERVICE
from tests.service.harness import record

WARD = WardDefined(
    code="26734",
    version=1,
    name="Phường Hiệp Bình",
    kind=PHUONG,
    sort_key="hiep binh",
    valid_from=date(2025, 7, 1),
)


@pytest.fixture
def listener() -> Listener:
    """Fails until there is a thing named ``mended``."""
    listener = Listener("validation")

    @listener.on(WardDefined)
    async def learn(events: Sequence[Received[WardDefined]], unit: Unit) -> None:
        found = await unit.session.execute(text("SELECT 1 FROM thing WHERE name = 'mended'"))
        if found.first() is None:
            raise ValueError(f"cannot learn {events[0].event.code} yet")

    return listener


@pytest.fixture
async def runtime(
    database_of: Callable[..., TestDatabase], listener: Listener
) -> AsyncIterator[Runtime]:
    database = database_of()
    await migrate.upgrade(database.owner_url("validation"), "validation", MIGRATIONS)
    settings = ServiceSettings(database_url=database.url("validation"))
    runtime = compose(replace(SERVICE, listener=listener), settings)
    yield runtime
    await runtime.stop()


async def shown(runtime: Runtime, capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    capsys.readouterr()  # what was logged before
    await repair.dead_letters(runtime, [])
    head, *rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    return [dict(zip(head, row, strict=True)) for row in rows]


async def test_dead_letters_are_shown_and_replayed_once_mended(
    runtime: Runtime, listener: Listener, capsys: pytest.CaptureFixture[str]
) -> None:
    await listener.process([record(WARD)], runtime.database)

    [letter] = await shown(runtime, capsys)
    assert (letter["event_type"], letter["subject"]) == ("wardline.ward.defined.v1", "26734")
    assert "cannot learn 26734 yet" in letter["detail"]

    await repair.replay(runtime, [letter["id"]])
    [again] = await shown(runtime, capsys)
    assert (again["id"], again["attempts"]) == (letter["id"], "2")

    async with runtime.database.unit() as unit:
        await unit.session.execute(text("INSERT INTO thing (name) VALUES ('mended')"))
    await repair.replay(runtime, [letter["id"]])
    assert await shown(runtime, capsys) == []


async def test_refused_events_are_released(runtime: Runtime) -> None:
    async with runtime.database.unit() as unit:
        unit.emit(WARD)
    async with runtime.database.unit() as unit:
        refused = await unit.session.execute(
            text("UPDATE outbox SET refused = 'too large' RETURNING id")
        )
        number = refused.scalar_one()

    await repair.release(runtime, [str(number)])

    async with runtime.database.unit() as unit:
        left = await unit.session.execute(text("SELECT count(refused) FROM outbox"))
        assert left.scalar_one() == 0


@pytest.mark.parametrize("arguments", [[], ["all"], ["1", "-2"]])
async def test_numbers_are_asked_for(runtime: Runtime, arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="numbers are needed"):
        await repair.replay(runtime, arguments)


async def test_a_service_that_hears_nothing_has_nothing_to_replay() -> None:
    with pytest.raises(SystemExit, match="hears nothing"):
        await repair.replay(compose(SERVICE, ServiceSettings()), ["1"])
