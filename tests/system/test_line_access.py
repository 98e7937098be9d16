"""Every route of every service over real HTTP: who gets in, and who does not."""

import base64
import hmac
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from deploy.local.issuer import AUDIENCE, ISSUER, Issuer
from deploy.local.layout import SERVICE_PORTS
from tests.system.access import EVERYBODY, OTHER_WARD, SENDERS, TABLE, WARD, Route
from tests.system.line import Line

GUARDED = [route for route in TABLE if not route.public]
CLAIMS = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "officer",
    "roles": ["ward_officer"],
    "wards": [WARD],
    "exp": datetime.now(UTC) + timedelta(hours=1),
}


async def answer(line: Line, route: Route, who: str | None) -> httpx.Response:
    """The status and the headers of the answer; a stream is not read any further."""
    url = line.processes.layout.service_url(route.service) + route.address
    headers = {"Authorization": f"Bearer {who}"} if who is not None else {}
    request = {**route.request, "headers": {**route.request.get("headers", {}), **headers}}
    async with line.http.stream(route.method, url, **request) as answered:
        return answered


async def refused(line: Line, who: str | None, routes: Iterable[Route], status: int) -> list[Any]:
    """The routes that answer otherwise than they must."""
    answers = [(route.key, await answer(line, route, who)) for route in routes]
    return [(key, found) for key, found in answers if found.status_code != status]


def who(line: Line, role: str, ward: str = WARD) -> str:
    return line.token(role, *[ward] * (role in SENDERS))


async def test_the_table_names_every_route_there_is(line: Line) -> None:
    offered = set()
    for service in SERVICE_PORTS:
        url = line.processes.layout.service_url(service)
        document = (await line.http.get(f"{url}/openapi.json")).json()
        offered |= {
            (service, method.upper(), path)
            for path, operations in document["paths"].items()
            for method in operations
        }
    assert offered == {route.key for route in TABLE}
    assert len(TABLE) == len(offered)


async def test_public_routes_need_no_token(line: Line) -> None:
    assert not await refused(line, None, [route for route in TABLE if route.public], 200)


async def test_without_a_token_nothing_else_answers(line: Line) -> None:
    assert not await refused(line, None, GUARDED, 401)


NOW = datetime.now(UTC)
BAD_CLAIMS: dict[str, dict[str, Any]] = {
    "expired": {"exp": NOW - timedelta(minutes=1)},
    "not-yet-valid": {"nbf": NOW + timedelta(hours=1)},
    "for-another-system": {"aud": "another-system"},
    "of-another-issuer": {"iss": "another-issuer"},
    "of-nobody": {"sub": None},
    "roles-that-are-no-list": {"roles": "operator"},
}
BAD_SEALS = ("signed-by-another", "unknown-key", "no-key", "unsigned", "confused", "garbage")


@pytest.mark.parametrize("fault", [*BAD_CLAIMS, *BAD_SEALS])
async def test_a_bad_token_opens_nothing(line: Line, fault: str, tmp_path: Path) -> None:
    token = bad_token(line, fault, tmp_path)
    assert not await refused(line, token, GUARDED, 401)
    for service in SERVICE_PORTS:
        route = next(route for route in GUARDED if route.service == service)
        found = await answer(line, route, token)
        assert found.headers["www-authenticate"] == 'Bearer error="invalid_token"'
        assert found.headers["content-type"] == "application/problem+json"


async def test_the_same_token_in_order_opens_something(line: Line) -> None:
    """What is wrong with the others is what their name says, and nothing else."""
    token = signed(line, {})
    for service in SERVICE_PORTS:
        route = next(route for route in GUARDED if route.service == service)
        assert (await answer(line, route, token)).status_code != 401


def signed(line: Line, other: dict[str, Any], **headers: str) -> str:
    issuer = line.processes.issuer
    claims = {name: value for name, value in (CLAIMS | other).items() if value is not None}
    return jwt.encode(claims, issuer._key, "ES256", headers={"kid": issuer.key_id} | headers)


def bad_token(line: Line, fault: str, data: Path) -> str:
    issuer = line.processes.issuer
    headers = {"kid": issuer.key_id}
    match fault:
        case "signed-by-another":
            return jwt.encode(CLAIMS, Issuer(data)._key, "ES256", headers=headers)
        case "unknown-key":
            return signed(line, {}, kid="another")
        case "no-key":
            return jwt.encode(CLAIMS, issuer._key, "ES256")
        case "unsigned":
            return jwt.encode(CLAIMS, "", "none", headers=headers)
        case "confused":
            return confused(headers, issuer.jwks.read_bytes())
        case _:
            return signed(line, BAD_CLAIMS[fault]) if fault in BAD_CLAIMS else "a.b.c"


def confused(headers: dict[str, str], public: bytes) -> str:
    """A token whose secret is the issuer's public key, which everybody has."""
    claims = {**CLAIMS, "exp": int(datetime.now(UTC).timestamp()) + 3600}
    parts = [json.dumps(part).encode() for part in (headers | {"alg": "HS256"}, claims)]
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = hmac.digest(public, signed, "sha256")
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


@pytest.mark.parametrize("role", sorted(EVERYBODY))
async def test_a_role_may_do_just_what_the_table_says(line: Line, role: str) -> None:
    token = who(line, role)
    assert not await refused(line, token, [r for r in GUARDED if role not in r.roles], 403)
    for route in GUARDED:
        if role in route.roles:
            found = (await answer(line, route, token)).status_code
            assert found not in {401, 403}, route.key
            assert found < 500, route.key


@pytest.mark.parametrize("role", sorted(SENDERS - {"system"}))
async def test_another_wards_people_are_refused(line: Line, role: str) -> None:
    token = who(line, role, OTHER_WARD)
    assert not await refused(line, token, [r for r in GUARDED if r.of_a_ward], 403)


async def test_another_system_writes_only_for_wards_it_is_trusted_with(line: Line) -> None:
    token = who(line, "system", OTHER_WARD)
    writing = [r for r in GUARDED if r.of_a_ward and r.method != "GET"]
    assert not await refused(line, token, writing, 403)


async def test_a_line_for_another_ward_is_refused_alone(line: Line) -> None:
    lines = [
        {"ward": ward, "template": "DXT", "period": "2026-05", "content": {}}
        for ward in (OTHER_WARD, WARD)
    ]
    answer = await line.ask(
        who(line, "ward_officer"),
        "POST",
        "submission",
        "/v1/reports:bulk",
        content="\n".join(map(json.dumps, lines)),
        headers={"content-type": "application/x-ndjson"},
    )
    assert [json.loads(said)["status"] for said in answer.text.splitlines()] == [403, 422]
