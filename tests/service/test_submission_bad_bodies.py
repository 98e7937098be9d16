"""Bodies that are no report: a clear answer to each, and nothing is kept."""

import json
import unicodedata
from typing import Any

import httpx
from sqlalchemy import text

from tests.service import desk as desks
from tests.service.desk import DXT, Desk, changed
from tests.unit import sound_bodies

FIN, PIP = "FIN/2025-Q4", "PIP/2025-10"
DA1 = "/lists/projects/DA1|NSTP"


async def kept(desk: Desk) -> int:
    """How many reports are there, whatever was told of them."""
    async with desk.service.database.unit() as unit:
        found = await unit.session.execute(text("SELECT count(*) FROM report"))
        assert not await desk.submitted()
        count: int = found.scalar_one()
        return count


def errors(answer: httpx.Response) -> dict[str, str]:
    """What is wrong, by pointer."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


NO_REPORTS = {
    b'{"values": {"dxt01": 1': (400, "malformed-json"),
    b'{"values": {"dxt01": NaN}}': (400, "malformed-json"),
    b'{"values": {"dxt01": Infinity}}': (400, "malformed-json"),
    b'{"values": {"dxt01": 1, "dxt01": 2}}': (400, "malformed-json"),
    b'{"narrative": {"results": "\xff\xfe"}}': (400, "malformed-json"),
    b"\xef\xbb\xbf{}": (400, "malformed-json"),
    b"[" * 100_000: (400, "malformed-json"),
    b'{"a":' * 40_000: (400, "malformed-json"),
    b'{"values": {"dxt01": ' + b"9" * 5_000 + b"}}": (400, "malformed-json"),
    b'{"narrative": {"results": "\\u0000"}}': (422, "invalid"),
    b'{"narrative": {"results": "\\ud800"}}': (422, "invalid"),
    b"": (422, "invalid"),
    b"[]": (422, "invalid-report"),
    b"null": (422, "invalid-report"),
    b'"text"': (422, "invalid-report"),
    b"7": (422, "invalid-report"),
    b" " * (256 * 1024 + 1): (413, "body-too-large"),
}


async def test_what_is_no_report_is_refused(desk: Desk) -> None:
    for raw, (status, slug) in NO_REPORTS.items():
        answer = await desk.put_raw(raw)
        said = (answer.status_code, answer.json()["type"])
        assert said == (status, f"/problems/{slug}"), raw[:60]
        assert answer.json()["detail"]

    assert await kept(desk) == 0


async def test_another_media_type_is_refused(desk: Desk) -> None:
    answer = await desk.put_raw(b"dxt01=1", content_type="text/csv")

    assert answer.status_code == 415


NO_COUNTS: list[tuple[object, str]] = [
    (10**30, "integer-range"),
    (1e30, "type"),
    (1e400, "type"),
    (-1, "integer-range"),
    (1.0, "type"),
    ("12", "type"),
    ("1,5", "type"),
    ("１２", "type"),
    (True, "type"),
    ([], "type"),
    ({}, "type"),
    (None, "null-without-gap"),
]


async def test_a_count_is_a_plain_integer(desk: Desk) -> None:
    for value, code in NO_COUNTS:
        raw = json.dumps(changed(dxt14=value)).replace("Infinity", "1e400")
        answer = await desk.put_raw(raw.encode())
        assert answer.status_code == 422
        assert errors(answer) == {"/values/dxt14": code}, value

    assert await kept(desk) == 0


NO_MONEY = (
    "1.2345",
    "1,5",
    "1e3",
    "-1",
    "１.5",
    "123456789",
    "10000000.001",
    " 1",
    "",
    1.5,
    1,
    True,
)


async def test_money_is_a_string_with_at_most_three_places(desk: Desk) -> None:
    for value in NO_MONEY:
        answer = await desk.put(FIN, sound_bodies.body("FIN", {"fin01": value}))
        assert answer.status_code == 422
        code = "money-range" if value == "10000000.001" else "money-format"
        assert errors(answer) == {"/values/fin01": code}, value

    assert await kept(desk) == 0


async def test_every_field_that_is_wrong_is_named_in_the_callers_language(desk: Desk) -> None:
    body = changed(dxt02=None, dxt03="x", dxt15a="50.00", dxt99=1)
    body["extra"] = {}
    del body["values"]["dxt01"]
    body["gaps"] = {"/values/dxt04": {"reason": "no-data"}}
    body["explanations"] = {"DXT-X9": "…"}

    vietnamese = await desk.put(body=body)
    english = await desk.put(body=body, accept_language="en")

    assert errors(english) == errors(vietnamese)
    assert errors(english) == {
        "/extra": "unknown-field",
        "/values/dxt01": "missing",
        "/values/dxt02": "null-without-gap",
        "/values/dxt03": "type",
        "/values/dxt15a": "derived",
        "/values/dxt99": "unknown-field",
        "/gaps/~1values~1dxt04": "gap-without-null",
        "/explanations/DXT-X9": "unknown-rule",
    }
    messages = [answer.json()["errors"][0]["message"] for answer in (vietnamese, english)]
    assert messages[0] != messages[1]
    assert await kept(desk) == 0


BAD_ROWS: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"DA1|NSTP.pip06": 1.5}, {f"{DA1}/pip06": "money-format"}),
    ({"DA1|NSTP.pip04": "VAY"}, {"/lists/projects/#1": "key-missing"}),
    ({"DA1|NSX.pip04": "NSTP"}, {DA1: "duplicate-row-key"}),
    ({"DA1|NSTP.pip11": 40}, {f"{DA1}/pip11": "percent-format"}),
    ({"DA1|NSTP.pip12a": "15/01/2025"}, {f"{DA1}/pip12a": "date-format"}),
]


async def test_rows_are_named_by_their_key(desk: Desk) -> None:
    for change, expected in BAD_ROWS:
        answer = await desk.put(PIP, sound_bodies.body("PIP", change))
        assert answer.status_code == 422
        assert expected.items() <= errors(answer).items(), change

    assert await kept(desk) == 0


async def test_a_null_with_a_reason_is_taken_and_told(desk: Desk) -> None:
    body = changed(dxt02=None) | {"gaps": {"/values/dxt02": {"reason": "no-data"}}}

    assert (await desk.put(body=body)).status_code == 202

    [event] = await desk.submitted()
    assert event.content.values["dxt02"] is None
    assert event.content.gaps["/values/dxt02"].reason == "no-data"


async def test_text_is_kept_in_nfc_whatever_came_in(desk: Desk) -> None:
    written = "Đã tập huấn Tổ công nghệ số cộng đồng"
    body = changed() | {"narrative": {"results": unicodedata.normalize("NFD", written)}}
    body["explanations"] = {unicodedata.normalize("NFD", "DXT-W1#Tổ"): "vì"}

    first = await desk.put(body=body)
    again = await desk.put(body=body | {"narrative": {"results": written}})

    assert (first.status_code, again.status_code) == (202, 200)
    [event] = await desk.submitted()
    assert event.content.narrative.results == written


async def test_a_content_that_two_of_would_not_fit_an_event_is_too_large(desk: Desk) -> None:
    row = sound_bodies.project("DA", "NSTP", "5000", "1000", "200", "300", "330")
    rows = [row | {"pip01": f"DA{n}", "pip02": "Dự án " * 50} for n in range(200)]
    rows = [row | {"pip13": "ướng" * 70} for row in rows]
    body = {"lists": {"projects": rows}}
    raw = json.dumps(body, ensure_ascii=False).encode()
    assert 160 * 1024 < len(raw) < 256 * 1024

    answer = await desk.put_raw(raw, PIP)

    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/report-too-large")
    assert await kept(desk) == 0


async def test_the_nil_report_is_taken(desk: Desk) -> None:
    answer = await desk.put(PIP, {"lists": {"projects": []}})

    assert answer.status_code == 202
    [event] = await desk.submitted()
    assert event.content == desks.content({"lists": {"projects": []}}, "PIP")
    assert event.content.lists == {"projects": ()}


async def test_the_largest_numbers_pass(desk: Desk) -> None:
    body = sound_bodies.body("FIN", {"fin01": "10000000", "fin11": 0})

    assert (await desk.put(FIN, body)).status_code == 202
    assert (await desk.put(DXT, changed(dxt11=10**9))).status_code == 202
