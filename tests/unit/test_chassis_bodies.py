"""Bodies and addresses that are wrong or too large, and what the caller is told."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.asking import problem


async def test_every_wrong_field_is_named(officer: httpx.AsyncClient) -> None:
    body = {"name": "x" * 21, "count": True, "a/b": 1}
    errors = problem(await officer.post("/v1/things", json=body), 422, "invalid")["errors"]

    assert [(error["pointer"], error["code"]) for error in errors] == [
        ("/name", "string-too-long"),
        ("/count", "int-type"),
        ("/a~1b", "extra-forbidden"),
    ]
    assert errors[0]["message"] == "Quá dài: tối đa 20 ký tự."


async def test_a_wrong_parameter_is_named_too(officer: httpx.AsyncClient) -> None:
    number = await officer.get("/v1/things/numbered/10", headers={"Accept-Language": "en"})

    [error] = problem(number, 422, "invalid")["errors"]
    assert error == {
        "pointer": "/path/number",
        "code": "less-than-equal",
        "message": "This must be 9 or less.",
    }


@pytest.mark.parametrize(
    ("raw", "status", "slug"),
    [
        (b"", 422, "invalid"),
        (b"[]", 422, "invalid"),
        (b'{"name": "a", "count": 1e400}', 422, "invalid"),
        (b'{"name": "a", "count": 1.5}', 422, "invalid"),
        (b'{"name": "a", "count": -1}', 422, "invalid"),
        (rb'{"name": "\u0000", "count": 1}', 422, "invalid"),
        (b'{"name": "a", "count": NaN}', 400, "malformed-json"),
        (b'{"name": "\xff", "count": 1}', 400, "malformed-json"),
        (b'{"name": ', 400, "malformed-json"),
        (b"[" * 50_000, 400, "malformed-json"),
    ],
)
async def test_bad_bodies_get_a_clear_answer(
    officer: httpx.AsyncClient, raw: bytes, status: int, slug: str
) -> None:
    json = {"Content-Type": "application/json"}
    problem(await officer.post("/v1/things", content=raw, headers=json), status, slug)


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
async def test_only_json_is_read_as_json(officer: httpx.AsyncClient, kind: str | None) -> None:
    headers = {"Content-Type": kind} if kind else {}
    answer = await officer.post("/v1/things", content=b"{}", headers=headers)

    problem(answer, 415, "unsupported-media-type")


async def test_json_may_call_itself_more_exactly(officer: httpx.AsyncClient) -> None:
    for kind in ("application/json; charset=utf-8", "application/vnd.city+json"):
        answer = await officer.post(
            "/v1/things", content=b'{"name": "a", "count": 2}', headers={"Content-Type": kind}
        )
        assert answer.status_code == 200


async def test_unknown_addresses_and_methods_are_problems(officer: httpx.AsyncClient) -> None:
    problem(await officer.get("/v1/nothing"), 404, "not-found")
    problem(await officer.get("/v1/things/"), 404, "not-found")
    answer = await officer.delete("/v1/things")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/v1/things/of/%00", "/v1/things/tagged?ward=%00"])
async def test_an_address_without_meaning_is_refused(officer: httpx.AsyncClient, path: str) -> None:
    problem(await officer.get(path), 400, "bad-address")


async def pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1024):
        yield b"x" * 1023 + b"\n"


async def test_a_large_body_is_refused_by_its_declared_length(
    officer: httpx.AsyncClient,
) -> None:
    answer = await officer.post("/v1/things", json={"name": "x" * 262_144})

    assert problem(answer, 413, "body-too-large")["limit_bytes"] == 262_144


async def test_a_large_body_is_refused_while_it_streams(officer: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await officer.post("/v1/things", content=pieces(300_000), headers=headers)

    problem(answer, 413, "body-too-large")


async def test_a_route_takes_more_when_it_says_so(officer: httpx.AsyncClient) -> None:
    answer = await officer.post("/v1/things/lines", content=pieces(1024 * 1024))
    assert answer.json() == 1024
    answer = await officer.post("/v1/things/lines", content=pieces(1025 * 1024))
    assert problem(answer, 413, "body-too-large")["limit_bytes"] == 1024 * 1024


async def test_raw_bodies_and_other_answers_are_possible(officer: httpx.AsyncClient) -> None:
    answer = await officer.post("/v1/things/one-line", content=b'{"a": 1}')
    assert answer.text == "{'a': 1}\n"
    problem(await officer.post("/v1/things/one-line", content=b"{"), 400, "malformed-json")
