"""How often somebody may ask, and what they hear beyond that."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from chassis import limits
from chassis.limits import Bucket, Limits, Places
from chassis.problems import Problem
from chassis.service import create_app
from chassis.settings import ServiceSettings
from deploy.local.issuer import AUDIENCE, ISSUER, Issuer
from tests.asking import as_, problem
from tests.probe import SERVICE

OFTEN = 10_000


class Clock:
    """Goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def taken(take: Callable[[], float]) -> int:
    """How many permits there are at once."""
    found = 0
    while not take() and found < OFTEN:
        found += 1
    return found


def test_a_bucket_is_full_at_first_and_fills_up_steadily(clock: Clock) -> None:
    bucket = Bucket(8, 2, clock)

    assert taken(lambda: bucket.take("a")) == 16
    assert bucket.take("a") == 1 / 8
    clock.now += 0.4
    assert taken(lambda: bucket.take("a")) == 3
    clock.now += 3_600
    assert taken(lambda: bucket.take("a")) == 16


def test_each_has_a_bucket_of_their_own(clock: Clock) -> None:
    bucket = Bucket(1, 2, clock)

    assert [bucket.take(key) > 0 for key in "aaabbb"] == [False, False, True] * 2


def test_what_is_refused_costs_nothing_later(clock: Clock) -> None:
    bucket = Bucket(1, 1, clock)
    bucket.take("a")
    for _ in range(100):
        assert bucket.take("a") == pytest.approx(1)
    clock.now += 1
    assert bucket.take("a") == 0


def test_a_slow_bucket_holds_one_permit(clock: Clock) -> None:
    bucket = Bucket(0.1, 2, clock)

    assert [bucket.take("a"), bucket.take("a")] == pytest.approx([0, 10])


def test_without_a_limit_all_is_permitted(clock: Clock) -> None:
    assert taken(lambda: Bucket(0, 2, clock).take("a")) == OFTEN


def test_of_many_those_who_asked_longest_ago_are_forgotten(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "KEPT", 3)
    bucket = Bucket(1, 1, clock)
    for key in "abacd":
        bucket.take(key)

    assert list(bucket._full_at) == ["a", "c", "d"]
    assert bucket.take("b") == 0
    assert len(bucket._full_at) == 3


def test_32_clients_of_one_system_are_not_held_up(clock: Clock) -> None:
    limit = Limits(ServiceSettings(), clock)
    for _ in range(60 * 800):
        clock.now += 1 / 800
        limit.asked("loader", is_system=True)


def test_a_person_who_asks_as_much_is(clock: Clock) -> None:
    limit = Limits(ServiceSettings(), clock)
    for _ in range(100):
        limit.asked("officer", is_system=False)

    with pytest.raises(Problem, match="too-many-requests"):
        limit.asked("officer", is_system=False)


def test_places_are_given_back() -> None:
    places = Places(2)
    with places.place("a"), places.place("a"), places.place("b"):
        with pytest.raises(Problem) as refused, places.place("a"):
            pass
        assert (refused.value.status_code, refused.value.headers) == (429, {"Retry-After": "1"})
    with places.place("a"):
        pass
    assert not places._taken


# Over HTTP


@asynccontextmanager
async def probe(issuer: Issuer, **settings: float) -> AsyncIterator[httpx.AsyncClient]:
    trusted = {"jwks": str(issuer.jwks), "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
    app = create_app(SERVICE, ServiceSettings.model_validate(trusted | settings))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://probe") as client:
        yield client


async def test_who_asks_too_often_is_told_when_to_come_again(issuer: Issuer) -> None:
    eager, other = as_("reviewer", issuer), as_("operator", issuer)
    async with probe(issuer, requests_per_second=0.5) as client:
        assert (await client.get("/v1/things/tagged", headers=eager)).status_code == 200

        answer = await client.post("/v1/things", content=b"{" * 300_000, headers=eager)

        assert problem(answer, 429, "too-many-requests")["detail"] == limits.TOO_MANY.vi
        assert answer.headers["retry-after"] == "2"
        assert (await client.get("/v1/things/tagged", headers=other)).status_code == 200
        for path in ("/health/live", "/metrics", "/openapi.json", "/v1/things/numbered/3"):
            assert (await client.get(path, headers=eager)).status_code == 200
        told = (await client.get("/metrics")).text
        assert 'http_requests_limited_total{limit="subject"}' in told


async def test_after_a_pause_they_are_answered_again(issuer: Issuer) -> None:
    eager = as_("reviewer", issuer)
    async with probe(issuer, requests_per_second=10) as client:
        first = [await client.get("/v1/things/tagged", headers=eager) for _ in range(60)]
        assert {answer.status_code for answer in first} == {200, 429}
        await asyncio.sleep(0.2)
        assert (await client.get("/v1/things/tagged", headers=eager)).status_code == 200


async def test_an_address_that_guesses_tokens_holds_up_nobody_else_there(issuer: Issuer) -> None:
    async with probe(issuer, refused_tokens_per_second=0.1) as client:
        found = [
            await client.get("/v1/things/tagged", headers={"Authorization": f"Bearer {guess}"})
            for guess in ("a.b.c", "d.e.f")
        ]
        problem(found[0], 401, "unauthorized")
        problem(found[1], 429, "too-many-requests")
        assert found[1].headers["retry-after"] == "10"
        good = as_("reviewer", issuer)
        assert (await client.get("/v1/things/tagged", headers=good)).status_code == 200
