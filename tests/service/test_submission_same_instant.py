"""Everybody at once: first reports of a new period, one report from many hands, big batches."""

import asyncio
import json
from collections.abc import Sequence

import httpx
import pytest

from chassis.unit import Unit
from contracts.reports import ReportWithdrawalRequested
from services.submission.catalogue import files
from services.submission.reports import intake
from services.submission.reports.domain import Address
from tests.service import desk as desks
from tests.service.conftest import Serve
from tests.service.desk import DXT, WARD, Desk, changed
from tests.unit import sound_bodies

CLIENTS = 32
BATCHES = 8


@pytest.fixture
async def desk(serve: Serve) -> Desk:
    """One that lets nobody go away again, however slow the machine is."""
    return await desks.opened(serve, pool_timeout=60)


async def at_once(desk: Desk, requests: Sequence[httpx.Request]) -> list[httpx.Response]:
    """Send all of them from 32 clients that start at the same instant."""
    start = asyncio.Event()
    answers: list[httpx.Response] = []

    async def client(share: Sequence[httpx.Request]) -> None:
        await start.wait()
        answers.extend([await desk.service.client.send(request) for request in share])

    async with asyncio.TaskGroup() as clients:
        for number in range(CLIENTS):
            clients.create_task(client(requests[number::CLIENTS]))
        start.set()
    return answers


async def test_168_wards_send_their_first_report_of_a_period_at_the_same_instant(
    desk: Desk,
) -> None:
    wards = [ward.code for ward in files.read().wards]
    assert len(wards) == 168
    headers = desk.as_("system", *wards)
    requests = [
        desk.service.client.build_request(
            "PUT",
            f"/v1/reports/{ward}/{DXT}",
            json=changed(dxt01=2000 + turn),
            headers=headers,
        )
        for ward in wards
        for turn in range(2)
    ]

    answers = await at_once(desk, requests)

    assert {answer.status_code for answer in answers} == {202}
    told = [(event.ward_code, event.version) for event in await desk.submitted()]
    assert sorted(told) == [(ward, version) for ward in sorted(wards) for version in (1, 2)]


async def test_one_report_from_many_hands_has_every_number_once_and_in_order(desk: Desk) -> None:
    requests = [
        desk.service.client.build_request(
            "PUT", f"/v1/reports/{WARD}/{DXT}", json=changed(dxt01=2000 + n), headers=desk.officer
        )
        for n in range(CLIENTS * 2)
    ]

    answers = await at_once(desk, requests)

    assert {answer.status_code for answer in answers} == {202}
    events = await desk.submitted()
    assert [event.submission_no for event in events] == list(range(1, CLIENTS * 2 + 1))
    assert [event.version for event in events] == list(range(1, CLIENTS * 2 + 1))
    assert len({event.first_submitted_at for event in events}) == 1


async def test_the_same_content_from_many_hands_is_one_version(desk: Desk) -> None:
    requests = [
        desk.service.client.build_request(
            "PUT", f"/v1/reports/{WARD}/{DXT}", json=changed(), headers=desk.officer
        )
        for _ in range(CLIENTS)
    ]

    answers = await at_once(desk, requests)

    assert sorted(answer.status_code for answer in answers) == [200] * (CLIENTS - 1) + [202]
    assert len(await desk.submitted()) == 1


async def test_only_one_of_many_hands_is_the_first(desk: Desk) -> None:
    requests = [
        desk.service.client.build_request(
            "PUT",
            f"/v1/reports/{WARD}/{DXT}",
            json=changed(dxt01=2000 + n),
            headers=desk.officer | {"if-none-match": "*"},
        )
        for n in range(CLIENTS)
    ]

    answers = await at_once(desk, requests)

    assert sorted(answer.status_code for answer in answers) == [202] + [412] * (CLIENTS - 1)
    assert len(await desk.submitted()) == 1


async def test_batches_in_opposite_order_never_meet_head_on(desk: Desk) -> None:
    wards = [ward.code for ward in files.read().wards][:40]
    headers = desk.as_("system", *wards) | {"content-type": "application/x-ndjson"}
    body = sound_bodies.body("DXT")

    def batch(turn: int) -> bytes:
        ordered = wards if turn % 2 else wards[::-1]
        body["values"]["dxt01"] = 2000 + turn
        lines = [
            {"ward": ward, "template": "DXT", "period": "2025-10", "content": body}
            for ward in ordered
        ]
        return b"\n".join(json.dumps(line).encode() for line in lines)

    requests = [
        desk.service.client.build_request(
            "POST", "/v1/reports:bulk", content=batch(turn), headers=headers
        )
        for turn in range(BATCHES)
    ]

    answers = await at_once(desk, requests)

    said = [json.loads(line) for answer in answers for line in answer.text.splitlines()]
    assert {line["status"] for line in said} == {202}
    events = await desk.submitted()
    assert len(events) == len(said) == BATCHES * len(wards)
    assert {event.version for event in events} == set(range(1, BATCHES + 1))


async def test_who_waited_for_a_report_sees_what_was_done_to_it_meanwhile(desk: Desk) -> None:
    await desk.put()
    asked = asyncio.Event()

    async def ask(unit: Unit) -> None:
        await intake.withdraw(
            unit, Address(WARD, *DXT.split("/")), "another officer", lambda _standing: None
        )
        asked.set()
        await asyncio.sleep(0.5)  # meanwhile the second one comes to wait for the lock

    first = asyncio.create_task(desk.service.database.transact(ask))
    await asked.wait()
    second = await desk.delete()
    await first

    assert (second.status_code, second.json()["type"]) == (409, "/problems/withdrawal-pending")
    assert len(await desk.service.emitted(ReportWithdrawalRequested)) == 1
