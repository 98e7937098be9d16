"""Whoever sends, decides or loads leaves a row in the audit of the service where it was done."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from chassis.audit import chain
from chassis.audit.verify import Check
from contracts.reports import report_id
from services.submission.catalogue import files, load
from tests.builders import Report
from tests.service import desk as desks
from tests.service.conftest import Serve
from tests.service.desk import DXT, Desk
from tests.service.harness import ServiceUnderTest
from tests.validating import OTHER_WARD, REASON, WARD, Judge, id_of, opened, sound

INN = f"report/{report_id(WARD, 'INN', '2025-Q4')}"


@pytest.fixture
async def judge(serve: Serve) -> Judge:
    return await opened(serve)


@pytest.fixture
async def report(judge: Judge) -> Report:
    """In review: version 1 of an innovation report."""
    report = Report(WARD, "INN", "2025-Q4")
    await judge.service.receives(report.sent(sound("INN", inn01=10)))
    return report


async def acts(service: ServiceUnderTest) -> list[dict[str, Any]]:
    """All acts, the oldest first; and the chain over them is whole."""
    await service.database.transact(chain.seal)
    check = Check(service.database, chain.beginning(service.service.name))
    assert [fault async for fault in check.faults()] == []
    answer = await service.client.get("/v1/audit", headers=service.token("operator"))
    found: list[dict[str, Any]] = answer.json()["items"]
    return found[::-1]


def shown(act: dict[str, Any]) -> tuple[str, str, int | None]:
    return act["who"], act["action"], act["version"]


async def everything_is_decided(judge: Judge, report: Report) -> None:
    await judge.decided("return", report, 1, **REASON)
    await judge.service.receives(report.sent(sound("INN", inn01=11)))
    await judge.decided("approve", report, 2, name="reviewer-2")
    await judge.decided("revoke", report, 2, **REASON)
    await judge.service.receives(report.sent(sound("INN", inn01=12)))
    await judge.decided("approve", report, 3)
    await judge.service.receives(report.withdrawal_requested())
    await judge.decided("refuse-withdrawal", report, 3, note="Số liệu đã công bố.")
    await judge.service.receives(report.withdrawal_requested())
    await judge.decided("withdraw", report, 3, note="Theo đề nghị.")


async def test_every_decision_of_a_person_is_an_act_and_none_of_the_rules(
    judge: Judge, report: Report
) -> None:
    assert await acts(judge.service) == []

    await everything_is_decided(judge, report)

    found = await acts(judge.service)
    assert [shown(act) for act in found] == [
        ("reviewer-1", "returned", 1),
        ("reviewer-2", "approved", 2),
        ("reviewer-1", "approval-revoked", 2),
        ("reviewer-1", "approved", 3),
        ("reviewer-1", "withdrawal-refused", 3),
        ("reviewer-1", "approval-revoked", 3),
    ]
    assert {act["object"] for act in found} == {INN}
    assert found[0]["details"]["code"] == "wrong-figures"
    assert found[-1]["details"]["code"] == "withdrawn-by-ward"
    told = {str(row) for row in await event_ids(judge.service)}
    assert {act["details"]["event_id"] for act in found} <= told
    assert REASON["note"] not in json.dumps(found, ensure_ascii=False), "notes may name people"


async def event_ids(service: ServiceUnderTest) -> list[Any]:
    async with service.database.unit() as unit:
        return list(await unit.session.scalars(text("SELECT event_id FROM outbox")))


async def test_what_is_refused_or_asked_again_is_no_act(judge: Judge, report: Report) -> None:
    assert (await judge.decide("approve", report, 2)).status_code == 409
    assert (await judge.decide("revoke", report, 1, **REASON)).status_code == 409
    for _ in range(2):
        await judge.decide("approve", report, 1, key="once")

    assert len(await acts(judge.service)) == 1


async def test_many_decisions_at_once_are_as_many_acts(judge: Judge, report: Report) -> None:
    other = Report(OTHER_WARD, "INN", "2025-Q4")
    await judge.service.receives(other.sent(sound("INN", inn01=10)))
    items = [{"report_id": str(id_of(one)), "version": 1} for one in (report, other)]

    headers = judge.person() | {"X-Request-ID": "bulk-approval"}
    await judge.client.post("/v1/reviews:approve", json={"items": items}, headers=headers)

    found = await acts(judge.service)
    assert {act["object"] for act in found} == {f"report/{item['report_id']}" for item in items}
    assert {act["correlation_id"] for act in found} == {"bulk-approval"}


async def test_sending_and_asking_back_are_acts(desk: Desk) -> None:
    await desk.put()
    await desk.put()  # the same again is none
    await desk.put(body=desks.changed(dxt01=7), wardline_channel="portal")
    await desk.delete()

    _, *found = await acts(desk.service)
    assert [shown(act) for act in found] == [
        ("officer-1", "sent", 1),
        ("officer-1", "sent", 2),
        ("officer-1", "withdrawal-requested", 2),
    ]
    assert {act["object"] for act in found} == {f"report/{report_id(desks.WARD, *DXT.split('/'))}"}
    assert [act["details"].get("channel") for act in found] == ["api", "portal", None]


async def test_loading_a_catalogue_that_changes_something_is_an_act(desk: Desk) -> None:
    await desk.service.database.transact(lambda unit: load.apply(unit, files.read()))

    [act] = await acts(desk.service)
    assert shown(act) == ("service/submission", "catalogue-loaded", None)
    assert act["object"] == f"catalogue/{files.read().digest}"
    assert len(act["details"]["entries"]) == 168 + 7
    assert {f"{desks.WARD}/1", "DXT/1"} < set(act["details"]["entries"])
