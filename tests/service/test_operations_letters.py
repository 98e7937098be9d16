"""An operator sees dead letters: in words, by what they are about, page by page, byte for byte."""

from base64 import b64decode
from dataclasses import replace
from typing import Any

import pytest

from contracts.reports import report_id
from services.validation.app import SERVICE
from tests.asking import problem
from tests.builders import Report, content, ward
from tests.service import letters
from tests.service.conftest import Serve
from tests.service.harness import record
from tests.service.letters import Ledger, Office, wards

WARD = "26734"


@pytest.fixture
async def office(serve: Serve) -> Office:
    return await letters.opened(serve)


async def test_a_letter_says_why_and_what_it_is_about(serve: Serve) -> None:
    office = Office(await serve(SERVICE), Ledger())
    report = Report(WARD, "DXT", "2025-10")
    report.sent(content({"dxt01": 1}))
    await office.service.receives(report.withdrawal_requested())

    [letter] = await office.listed()

    assert letter["cause"] == {
        "stage": "handler",
        "code": "submission-unknown",
        "message": {
            "vi": "Đơn vị xin rút một phiên bản mà ở đây chưa nhận được.",
            "en": "It asks to take back a version that has not arrived here.",
        },
    }
    assert (letter["ward_code"], letter["topic"]) == (WARD, "submission.reports")
    assert letter["report_id"] == str(report_id(WARD, "DXT", "2025-10"))
    assert letter["event_type"] == "wardline.report.withdrawal-requested.v1"
    assert (letter["state"], letter["attempts"], letter["failed_replays"]) == ("waiting", 1, 0)


@pytest.mark.parametrize(
    ("change", "stage", "code", "words"),
    [
        ({"value": b"[" * 100_000}, "schema", "ValidationError", "the form of this type"),
        ({"value": b'{"code": "26734"}'}, "schema", "ValidationError", "the form of this type"),
        ({"value": b"\xff\x00"}, "schema", "ValidationError", "the form of this type"),
        ({"headers": ()}, "envelope", "missing-attribute", "lacks its id"),
        ({"topic": "validation.reports"}, "envelope", "wrong-writer", "Another program"),
    ],
)
async def test_bytes_that_are_no_event_have_words_too(
    office: Office, change: dict[str, Any], stage: str, code: str, words: str
) -> None:
    await office.service.receives_records(replace(wards(1)[0], **change))

    [letter] = await office.listed()

    assert (letter["cause"]["stage"], letter["cause"]["code"]) == (stage, code)
    assert words in letter["cause"]["message"]["en"]
    assert letter["report_id"] is None


async def test_our_own_failures_have_words_too(office: Office) -> None:
    await office.breaks(*wards(1), how="a bug")

    [letter] = await office.listed()

    assert "Our own code fails on it (ZeroDivisionError)" in letter["cause"]["message"]["en"]


async def test_filters(office: Office) -> None:
    refused, failed, gone, wrong = wards(4)
    await office.breaks(refused)
    await office.breaks(failed, how="a bug")
    await office.breaks(gone)
    await office.post("/3/discard", {"reason": "Bản ghi thử."})
    await office.service.receives_records(replace(wrong, topic="validation.reports"))

    async def ids(**query: object) -> list[int]:
        return [letter["id"] for letter in await office.listed(**query)]

    assert await ids() == [1, 2, 4]
    assert await ids(cause="not-yet") == [1]
    assert await ids(stage="envelope") == [4]
    assert await ids(topic="submission.catalogue") == [1, 2]
    assert await ids(topic="submission.catalogue", cause="ZeroDivisionError") == [2]
    assert await ids(state="discarded") == [3]
    assert await ids(state="parked") == []
    problem(await office.get("", state="lost"), 422, "invalid")


async def test_pages_stay_in_order_while_letters_leave(office: Office) -> None:
    await office.breaks(*wards(5))

    first = (await office.get("", limit=2)).json()
    await office.replayed(ids=[1, 4])
    second = (await office.get("", limit=2, cursor=first["next"])).json()

    assert [letter["id"] for letter in first["items"]] == [1, 2]
    assert ([letter["id"] for letter in second["items"]], second["next"]) == ([3, 5], None)


async def test_one_letter_has_its_bytes_its_headers_and_its_error(office: Office) -> None:
    sound = record(ward("26734"))
    odd = (*sound.headers, ("\udcff", b"\xfe"), ("x-empty", None))
    await office.breaks(replace(sound, headers=odd))
    await office.breaks(replace(wards(1)[0], value=b"\xff"))

    whole = (await office.get("/1")).json()

    assert b64decode(whole["value"]["base64"]) == sound.value
    assert whole["value"]["text"] == (sound.value or b"").decode()
    assert whole["key"]["text"] == "26734"
    headers = {header["name"]["text"]: header["value"] for header in whole["headers"]}
    assert headers["ce_type"]["text"] == "wardline.ward.defined.v1"
    assert headers["x-empty"] is None
    assert headers[None] == {"base64": "/g==", "text": None}
    assert whole["error"] == "not-yet"
    actions = {action["action"]: action["allowed"] for action in whole["allowed_actions"]}
    assert actions == {"replay": True, "fix": True, "discard": True}
    assert (await office.get("/2")).json()["value"] == {"base64": "/w==", "text": None}


async def test_what_is_resolved_offers_nothing_more(office: Office) -> None:
    await office.breaks(*wards(1))
    closed = await office.post("/1/discard", {"reason": "  Bản ghi thử.  "})

    assert (closed.status_code, closed.json()["state"]) == (200, "discarded")
    assert [action["allowed"] for action in closed.json()["allowed_actions"]] == [False] * 3
    problem(await office.post("/1/discard", {"reason": "Lần nữa."}), 409, "already-resolved")
    problem(await office.post("/1/fix", {"value": {}}), 409, "already-resolved")
    assert await office.acts() == [
        ("operator-1", "dead-letter-discarded", "dead-letter/1", '{"reason": "Bản ghi thử."}')
    ]


async def test_what_was_discarded_stays_so_when_it_comes_again(office: Office) -> None:
    some = wards(1)
    await office.breaks(*some)
    await office.post("/1/discard", {"reason": "Bản ghi thử."})
    await office.breaks(*some)

    [letter] = await office.listed(state="discarded")
    assert letter["attempts"] == 2
    assert await office.listed() == []


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "a\u0007b", None])
async def test_a_discard_needs_a_reason(office: Office, reason: str | None) -> None:
    await office.breaks(*wards(1))

    problem(await office.post("/1/discard", {"reason": reason}), 422, "invalid")
    assert len(await office.listed()) == 1


@pytest.mark.parametrize("path", ["/77", f"/{2**63 - 1}", f"/{2**63}", "/0", "/x"])
async def test_there_is_no_other_letter(office: Office, path: str) -> None:
    answer = await office.get(path)
    assert answer.status_code in {404, 422}
    assert (await office.post(f"{path}/discard", {"reason": "?"})).status_code in {404, 422}
    assert (await office.post(f"{path}/fix", {"value": {}})).status_code in {404, 422}


async def test_only_operators_come_near(office: Office) -> None:
    await office.breaks(*wards(1))
    for role in ("reviewer", "department_leader", "ward_officer", "system"):
        headers = office.service.token(role, "26734")
        for method, path, body in (
            ("GET", "", None),
            ("GET", "/1", None),
            ("POST", ":replay", {"ids": [1], "dry_run": False}),
            ("POST", "/1/fix", {"dry_run": False}),
            ("POST", "/1/discard", {"reason": "x"}),
        ):
            answer = await office.service.client.request(
                method, f"/v1/dead-letters{path}", json=body, headers=headers
            )
            problem(answer, 403, "forbidden")
    assert len(await office.listed()) == 1
