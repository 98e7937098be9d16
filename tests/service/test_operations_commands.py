"""What a service's command line does beside serving, and what metrics say of dead letters."""

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from chassis.command import _commands
from chassis.operations import shelf
from chassis.operations.commands import release
from tests.builders import ward
from tests.service import letters
from tests.service.conftest import Serve
from tests.service.letters import Office, wards


@pytest.fixture
async def office(serve: Serve) -> Office:
    return await letters.opened(serve)


async def test_refused_events_are_released(office: Office) -> None:
    async with office.service.database.unit() as unit:
        unit.emit(ward("26734"))
    [(number,)] = await office.rows("UPDATE outbox SET refused = 'too large' RETURNING id")

    await release(office.service.runtime, [str(number)])

    assert await office.rows("SELECT refused FROM outbox") == [(None,)]


@pytest.mark.parametrize("arguments", [[], ["all"], ["1", "-2"]])
async def test_numbers_are_asked_for(office: Office, arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="numbers are needed"):
        await release(office.service.runtime, arguments)


async def test_what_the_api_does_is_no_command(office: Office) -> None:
    assert set(_commands(office.service.service)) == {
        "release",
        "audit-verify",
        "republish",
        "restored",
    }


async def test_metrics_tell_how_many_letters_are_open(office: Office) -> None:
    def count(state: str) -> float | None:
        return REGISTRY.get_sample_value("dead_letters_open", {"state": state})

    await office.breaks(*wards(3))
    async with office.service.database.unit() as unit:
        await unit.session.execute(text("UPDATE dead_letter SET failed_replays = 3 WHERE id = 2"))
    await office.service.database.transact(shelf.measure)
    assert (count("waiting"), count("parked")) == (2, 1)

    await office.replayed(cause="not-yet", parked=True)
    await office.service.database.transact(shelf.measure)
    assert (count("waiting"), count("parked")) == (0, 0)
    replayed = {"listener": "validation", "outcome": "applied"}
    assert REGISTRY.get_sample_value("dead_letters_replayed_total", replayed)
