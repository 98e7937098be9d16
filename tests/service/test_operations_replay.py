"""Replaying dead letters: rehearsed first, applied once, stopped when it does not help."""

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import Any

import pytest

from chassis.operations import mending
from chassis.unit import Received, Unit
from contracts.catalogue import WardDefined
from tests.asking import problem
from tests.service import letters
from tests.service.conftest import Serve
from tests.service.letters import Office, wards


@pytest.fixture
async def office(serve: Serve) -> Office:
    return await letters.opened(serve)


def outcomes(answer: dict[str, Any]) -> list[str]:
    return [item["outcome"] for item in answer["items"]]


async def test_a_rehearsal_says_what_would_happen_and_leaves_nothing(office: Office) -> None:
    await office.breaks(*wards(2))

    answer = await office.replayed(ids=[1, 2, 3], dry_run=True)

    assert answer["counts"] == {"applied": 2, "not-open": 1}
    assert outcomes(answer) == ["applied", "applied", "not-open"]
    assert await office.applied() == {}
    assert [letter["attempts"] for letter in await office.listed()] == [1, 1]
    assert await office.acts() == []


async def test_it_is_a_rehearsal_unless_it_is_said_not_to_be(office: Office) -> None:
    await office.breaks(*wards(1))

    answer = await office.post(":replay", {"ids": [1]})

    assert answer.json()["dry_run"] is True
    assert await office.applied() == {}


async def test_what_is_replayed_is_applied_once_however_often(office: Office) -> None:
    some = wards(3)
    await office.breaks(*some)

    assert (await office.replayed(ids=[1, 2]))["counts"] == {"applied": 2}
    assert (await office.replayed(ids=[1, 2]))["counts"] == {"not-open": 2}
    await office.service.receives_records(*some)

    assert await office.applied() == {"20000": 1, "20001": 1, "20002": 1}
    assert (await office.replayed(ids=[3]))["counts"] == {"no-effect": 1}
    states = [(letter["id"], letter["state"]) for letter in await office.listed(state="replayed")]
    assert states == [(1, "replayed"), (2, "replayed"), (3, "replayed")]


async def test_two_operators_replay_the_same_at_once(office: Office) -> None:
    await office.breaks(*wards(200))

    answers = await asyncio.gather(*[office.replayed(cause="not-yet") for _ in range(3)])

    assert sum(answer["counts"].get("applied", 0) for answer in answers) == 200
    assert set((await office.applied()).values()) == {1}


async def test_by_cause_only_those_are_taken(office: Office) -> None:
    some = wards(6)
    await office.breaks(*some[:3])
    await office.breaks(*some[3:], how="a bug")

    answer = await office.replayed(cause="ZeroDivisionError", stage="handler")

    assert answer["counts"] == {"applied": 3}
    assert [letter["id"] for letter in await office.listed()] == [1, 2, 3]


async def test_three_failed_replays_park_a_letter(office: Office) -> None:
    await office.breaks(*wards(1))
    office.ledger.broken = "a bug"
    for _ in range(3):
        [item] = (await office.replayed(ids=[1]))["items"]
        assert (item["outcome"], item["cause"]["code"]) == ("failed", "ZeroDivisionError")
    office.ledger.broken = ""

    [letter] = await office.listed(state="parked")
    assert (letter["attempts"], letter["failed_replays"]) == (4, 3)
    assert (await office.replayed(ids=[1]))["counts"] == {"not-open": 1}
    assert (await office.replayed(cause="ZeroDivisionError"))["counts"] == {}
    assert (await office.replayed(ids=[1], parked=True))["counts"] == {"applied": 1}
    assert await office.applied() == {"20000": 1}


async def test_failing_replays_do_not_hold_up_the_consumer(office: Office) -> None:
    *some, another = wards(31)
    await office.breaks(*some)
    office.ledger.broken = "a bug"
    for _ in range(3):
        answer = await office.replayed(ids=list(range(1, 31)))
        assert answer["counts"] == {"failed": 30}

    await office.breaks(another, how="a bug")  # with an open breaker it would be held back

    assert len(await office.listed(state="waiting")) == 1


async def test_what_comes_again_from_kafka_waits_again(office: Office) -> None:
    some = wards(1)
    await office.breaks(*some)
    await office.rows("UPDATE dead_letter SET resolved_at = now() RETURNING id")
    await office.breaks(*some)

    [letter] = await office.listed()
    assert (letter["state"], letter["attempts"], letter["failed_replays"]) == ("waiting", 2, 0)


@pytest.mark.parametrize(
    "body",
    [{}, {"ids": [1], "cause": "not-yet"}, {"ids": []}, {"ids": [0]}, {"ids": ["all"]}, {"all": 1}],
)
async def test_which_letters_must_be_said(office: Office, body: dict[str, Any]) -> None:
    problem(await office.post(":replay", body), 422, "invalid")


async def test_a_replay_ends_where_nothing_of_a_thousand_can_be_applied(office: Office) -> None:
    await office.breaks(*wards(1_100))
    office.ledger.broken = "refuses"

    answer = await office.replayed(cause="not-yet")

    assert (answer["counts"], answer["left"]) == ({"failed": 1_000}, 100)


async def test_large_letters_are_taken_a_few_at_a_time(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.breaks(*wards(9))
    sizes: list[int] = []
    keep = office.ledger.keep

    async def noting(events: Sequence[Received[WardDefined]], unit: Unit) -> None:
        sizes.append(len(events))
        await keep(events, unit)

    assert office.service.service.listener
    office.service.service.listener.handlers[0].function = noting
    monkeypatch.setattr(mending, "BATCH_BYTES", 2 * len(wards(1)[0].value or b""))
    monkeypatch.setattr(mending, "FIRST", 3)

    assert (await office.replayed(cause="not-yet"))["counts"] == {"applied": 9}
    assert sizes == [2, 2, 2, 2, 1]


async def test_ten_thousand_are_replayed_each_once(office: Office) -> None:
    some = wards(10_000)
    for start in range(0, len(some), 1_000):
        await office.breaks(*some[start : start + 1_000])
    began = perf_counter()

    answer = await office.replayed(cause="not-yet")

    print(f"10,000 replayed in {perf_counter() - began:.1f} s")  # noqa: T201 - for `pytest -s`
    assert answer["counts"] == {"applied": 10_000}
    assert (await office.replayed(cause="not-yet"))["counts"] == {}
    applied = await office.applied()
    assert len(applied) == 10_000
    assert set(applied.values()) == {1}
    assert len(await office.acts()) == 10_000
