"""Who sees and who writes what, at every endpoint of submission."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from chassis.http import Router
from contracts.reports import ReportSubmitted, ReportWithdrawalRequested
from services.submission.app import SERVICE
from tests.service.desk import DXT, OTHER, WARD, Desk
from tests.unit import sound_bodies

REPORT = f"/v1/reports/{WARD}/{DXT}"
READS = {
    "/v1/reports/{ward}/{template}/{period}": REPORT,
    "/v1/reports/{ward}/{template}/{period}/versions": f"{REPORT}/versions",
    "/v1/reports/{ward}/{template}/{period}/versions/{number}": f"{REPORT}/versions/1",
}
FOR_ALL = {
    "/v1/wards": "/v1/wards",
    "/v1/templates": "/v1/templates",
    "/v1/templates/{code}": "/v1/templates/DXT",
}
WARD_ROLES = ("ward_officer", "ward_leader")
CITY_ROLES = ("reviewer", "department_leader", "operator", "system")
BODY = sound_bodies.body("DXT")
LINE = {"ward": WARD, "template": "DXT", "period": "2025-11", "content": BODY}


def test_every_endpoint_is_tried_below() -> None:
    tried = {*READS, *FOR_ALL, "/v1/reports", "/v1/reports:bulk"}

    assert {route.path for router in SERVICE.routers for route in _routes(router)} == tried


def _routes(router: Router) -> list[httpx.URL]:
    return router.routes  # type: ignore[return-value] # routes with a path


async def _send(desk: Desk, headers: dict[str, str]) -> list[httpx.Response]:
    client = desk.service.client
    return [
        await client.put(REPORT, json=BODY, headers=headers),
        await client.delete(REPORT, headers=headers),
    ]


async def _bulk(desk: Desk, headers: dict[str, str]) -> httpx.Response:
    return await desk.service.client.post(
        "/v1/reports:bulk",
        content=httpx.Response(200, json=LINE).content,
        headers=headers | {"content-type": "application/x-ndjson"},
    )


@pytest.mark.parametrize("role", [*WARD_ROLES, "system"])
async def test_people_of_a_ward_send_and_see_its_reports(desk: Desk, role: str) -> None:
    headers = desk.as_(role, WARD)

    sent = [*await _send(desk, headers), await _bulk(desk, headers)]

    assert [answer.status_code for answer in sent] == [202, 202, 200]
    assert sent[-1].json()["status"] == 202
    for path in (*READS.values(), *FOR_ALL.values()):
        assert (await desk.get(path, **headers)).status_code == 200, path
    assert len((await desk.get("/v1/reports", **headers)).json()["items"]) == 2


@pytest.mark.parametrize("role", WARD_ROLES)
async def test_people_of_another_ward_neither_send_nor_see_them(desk: Desk, role: str) -> None:
    await desk.put()
    headers = desk.as_(role, OTHER)

    for answer in await _send(desk, headers):
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")
    assert (await _bulk(desk, headers)).json()["status"] == 403
    for path in READS.values():
        answer = await desk.get(path, **headers)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden"), path
    assert (await desk.get(f"/v1/reports?ward={WARD}", **headers)).status_code == 403
    assert (await desk.get("/v1/reports", **headers)).json()["items"] == []
    assert len(await desk.service.emitted(ReportSubmitted, ReportWithdrawalRequested)) == 1


@pytest.mark.parametrize("path", ["99999/XXX/nonsense", "no-ward/DXT/2025-10"])
async def test_another_ward_is_refused_before_any_look_up(desk: Desk, path: str) -> None:
    unknown = f"/v1/reports/{path}"
    client, headers = desk.service.client, desk.officer

    answers = [
        await client.get(unknown, headers=headers),
        await client.put(unknown, json={}, headers=headers),
        await client.delete(unknown, headers=headers),
        await client.get(f"{unknown}/versions", headers=headers),
        await client.get(f"{unknown}/versions/1", headers=headers),
    ]

    assert {answer.status_code for answer in answers} == {403}


@pytest.mark.parametrize("role", CITY_ROLES)
async def test_people_of_the_city_see_every_ward_and_send_for_none(desk: Desk, role: str) -> None:
    await desk.put()
    headers = desk.as_(role)

    for answer in await _send(desk, headers):
        assert answer.status_code == 403
    for path in (*READS.values(), *FOR_ALL.values()):
        assert (await desk.get(path, **headers)).status_code == 200, path
    assert len((await desk.get("/v1/reports", **headers)).json()["items"]) == 1
    shown = (await desk.get(REPORT, **headers)).json()
    reasons = {a["reason"]["code"] for a in shown["allowed_actions"] if not a["allowed"]}
    assert reasons == ({"another-ward"} if role == "system" else {"another-role"})
    bulk = await _bulk(desk, headers)
    assert (bulk.status_code if role != "system" else bulk.json()["status"]) == 403


async def test_a_reviewer_of_a_ward_does_not_send_for_it(desk: Desk) -> None:
    headers = desk.as_("reviewer", WARD)

    assert {answer.status_code for answer in await _send(desk, headers)} == {403}
    assert (await _bulk(desk, headers)).status_code == 403


@pytest.mark.parametrize("token", ["", "expired", "forged"])
async def test_nothing_is_said_without_a_good_token(desk: Desk, token: str) -> None:
    headers = {}
    if token == "expired":
        signed = desk.service.issuer.sign("ward_officer", [WARD], lifetime=timedelta(hours=-1))
        headers = {"authorization": f"Bearer {signed}"}
    elif token == "forged":
        head, claims, _ = desk.officer["Authorization"].split(".")
        headers = {"authorization": f"{head}.{claims}.{'A' * 86}"}
    client = desk.service.client

    answers = await asyncio.gather(
        *(client.get(path, headers=headers) for path in (*READS.values(), *FOR_ALL.values())),
        client.get("/v1/reports", headers=headers),
        client.put(REPORT, json=BODY, headers=headers),
        client.delete(REPORT, headers=headers),
        client.post("/v1/reports:bulk", content=b"{}", headers=headers),
    )

    assert {answer.status_code for answer in answers} == {401}
    assert await desk.submitted() == []
