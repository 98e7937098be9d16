"""The dry run: an unfinished report gets findings, skipped rules and figures; nothing is kept."""

from typing import Any

import httpx
import pytest

from tests.asking import problem
from tests.builders import Report
from tests.service.conftest import Serve
from tests.unit.sound_bodies import body
from tests.validating import OTHER_WARD, WARD, Judge, opened, sound


@pytest.fixture
async def judge(serve: Serve) -> Judge:
    return await opened(serve)


async def check(
    judge: Judge, code: str, period: str, content: object, *, ward: str = WARD
) -> httpx.Response:
    draft = {"ward": ward, "template": code, "period": period, "content": content}
    headers = judge.service.token("ward_officer", WARD)
    return await judge.client.post("/v1/checks", json=draft, headers=headers)


async def checked(judge: Judge, code: str, period: str, content: object) -> dict[str, Any]:
    answer = await check(judge, code, period, content)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_sound_report_would_pass(judge: Judge) -> None:
    found = await checked(judge, "FIN", "2025-Q4", body("FIN"))
    assert (found["complete"], found["returns"], found["findings"]) == (True, None, [])
    assert found["derived"] == {"fin10": "9.00"}
    assert found["checked_against"] is None
    assert {skip["reason"] for skip in found["skipped"]} == {"no-previous"}
    assert await judge.told() == []
    assert await judge.queue(state="waiting") == []


async def test_problems_of_form_come_as_findings_beside_those_of_rules(judge: Judge) -> None:
    written = body("FIN", {"fin01": "1,5", "fin09": "300.001"})
    del written["values"]["fin11"]
    found = await checked(judge, "FIN", "2025-Q4", written)
    assert (found["complete"], found["returns"]) == (False, "rule-errors")
    by_rule = {finding["rule"]: finding for finding in found["findings"]}
    assert by_rule["form:money-format"]["pointers"] == ["/values/fin01"]
    assert by_rule["form:missing"]["pointers"] == ["/values/fin11"]
    assert by_rule["FIN-E4"]["severity"] == "E"
    assert {"FIN-E3", "FIN-E6"} <= {skip["rule"] for skip in found["skipped"]}


@pytest.mark.parametrize("content", [None, {}, [], "x", {"values": 3}])
async def test_an_empty_form_can_be_checked(judge: Judge, content: object) -> None:
    found = await checked(judge, "HIT", "2025-H2", content)
    assert not found["complete"]
    assert found["returns"] is None


async def test_it_is_compared_with_what_counts(judge: Judge) -> None:
    before = Report(WARD, "FIN", "2025-Q3")
    await judge.service.receives(before.sent(sound("FIN")))
    await judge.decided("approve", before, 1)
    found = await checked(judge, "FIN", "2025-Q4", body("FIN", {"fin09": "149.000"}))
    assert found["checked_against"]["report_id"] == str(before.identity["report_id"])
    assert [finding["rule"] for finding in found["findings"]] == ["FIN-E5"]

    own = Report(WARD, "FIN", "2025-Q4")
    await judge.service.receives(own.sent(sound("FIN")))
    await judge.decided("approve", own, 1)
    eased = await checked(judge, "FIN", "2025-Q4", body("FIN", {"fin09": "149.000"}))
    assert (eased["returns"], eased["findings"][0]["severity"]) == ("explanation-missing", "W")


@pytest.mark.parametrize(
    ("code", "period", "pointer", "reason"),
    [
        ("XYZ", "2025-Q4", "/template", "unknown-template"),
        ("FIN", "2025-q4", "/period", "unknown-period"),
        ("FIN", "2025-10", "/period", "period-not-offered"),
        ("FIN", "2025-Q1", "/period", "period-not-offered"),
    ],
)
async def test_what_it_is_to_become_must_exist(
    judge: Judge, code: str, period: str, pointer: str, reason: str
) -> None:
    answer = problem(await check(judge, code, period, {}), 422, "invalid")
    [error] = answer["errors"]
    assert (error["pointer"], error["code"]) == (pointer, reason)


async def test_an_unknown_ward_of_ones_own_is_named(judge: Judge) -> None:
    headers = judge.service.token("ward_officer", "99999")
    draft = {"ward": "99999", "template": "FIN", "period": "2025-Q4", "content": {}}
    answer = await judge.client.post("/v1/checks", json=draft, headers=headers)
    assert problem(answer, 422, "invalid")["errors"][0]["code"] == "unknown-ward"


async def test_another_ward_is_refused_before_any_look_up(judge: Judge) -> None:
    for ward in (OTHER_WARD, "99999"):
        problem(await check(judge, "NONE", "x", {}, ward=ward), 403, "forbidden")


async def test_strict_json_only(judge: Judge) -> None:
    headers = judge.service.token("ward_officer", WARD) | {"Content-Type": "application/json"}
    for wrong in (b'{"ward": NaN}', b"{", b'{"a": "\\u0000"}'):
        answer = await judge.client.post("/v1/checks", content=wrong, headers=headers)
        assert answer.status_code in {400, 422}
