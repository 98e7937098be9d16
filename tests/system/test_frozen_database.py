"""PostgreSQL that is there and says nothing: a clear answer in bounded time, and then as before."""

import asyncio
from collections.abc import AsyncIterator, Callable
from time import monotonic

import pytest

from deploy.local.issuer import Issuer
from services.submission.app import SERVICE
from services.submission.catalogue import files, load
from tests import bus
from tests.conftest import TestDatabase
from tests.proxy import Proxy
from tests.service import desk as desks
from tests.service.desk import WARD, Desk, changed
from tests.service.harness import running

COMMAND_SECONDS = 2
BOUND_SECONDS = 3 + 2 * COMMAND_SECONDS
"""A wait for a connection, one statement, and what its cancelling may add."""
CLIENTS = 12


@pytest.fixture
async def proxy(database_of: Callable[..., TestDatabase]) -> AsyncIterator[Proxy]:
    proxy = Proxy(database_of("submission").url("submission"))
    async with proxy.running():
        yield proxy


@pytest.fixture
async def desk(
    proxy: Proxy,
    database_of: Callable[..., TestDatabase],
    issuer: Issuer,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Desk]:
    """A ward's desk whose database can fall silent, with shorter waits than in production."""
    for limit in ("CONNECT_SECONDS", "COMMAND_SECONDS"):
        monkeypatch.setattr(f"chassis.database.{limit}", COMMAND_SECONDS)
    unused = database_of("submission")
    async with running(SERVICE, unused, issuer, database_url=proxy.url) as service:
        await service.database.transact(lambda unit: load.apply(unit, files.read()))
        yield Desk(service, service.token("ward_officer", WARD, subject="officer-1"))


async def sent(desk: Desk, number: int) -> tuple[int, str | None, float]:
    """What a PUT answers: status, when to come back, and after how many seconds."""
    began = monotonic()
    answer = await desk.put(desks.DXT, changed(dxt01=2000 + number))
    return answer.status_code, answer.headers.get("Retry-After"), monotonic() - began


async def ready(desk: Desk) -> bool:
    return (await desk.get("/health/ready")).status_code == 200


async def test_a_database_that_falls_silent_is_answered_for_in_bounded_time(
    proxy: Proxy, desk: Desk
) -> None:
    busy = await asyncio.gather(*(sent(desk, n) for n in range(CLIENTS)))
    assert {status for status, _, _ in busy} == {202}

    proxy.freeze()
    for turn in range(2):
        frozen = await asyncio.gather(*(sent(desk, n) for n in range(CLIENTS)))
        assert {(status, after) for status, after, _ in frozen} == {(503, "2")}
        assert max(seconds for _, _, seconds in frozen) < BOUND_SECONDS, turn
        assert (await desk.get("/health/live")).status_code == 200
        assert (await desk.get("/health/ready")).status_code == 503

    proxy.thaw()
    await bus.until(lambda: ready(desk), BOUND_SECONDS)
    again = await asyncio.gather(*(sent(desk, 100 + n) for n in range(CLIENTS)))
    assert {status for status, _, _ in again} == {202}
