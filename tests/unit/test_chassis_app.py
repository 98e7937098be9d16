"""What holds for every route of a service, and what its OpenAPI document says of it."""

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from chassis.service import PUBLIC
from tests.asking import problem
from tests.probe import SERVICE

OPEN = PUBLIC + SERVICE.public


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """Every (method, path) the application answers."""
    return [
        (method, route.path or "")
        for route in iter_route_contexts(app.routes)
        for method in sorted(route.methods or ())
    ]


async def test_every_route_needs_a_token_unless_it_is_named_as_public(
    app: FastAPI, anyone: httpx.AsyncClient
) -> None:
    closed = [(method, path) for method, path in routes(app) if not path.startswith(OPEN)]
    assert ("GET", "/v1/operations/flow") in closed
    assert len(closed) > 10

    for method, path in closed:
        answer = await anyone.request(method, re.sub(r"{\w+}", "1", path))
        assert answer.status_code == 401, (method, path)


async def test_only_these_paths_are_public(app: FastAPI) -> None:
    assert {path for _, path in routes(app) if path.startswith(OPEN)} == {
        "/health/live",
        "/health/ready",
        "/metrics",
        "/openapi.json",
        "/schemas/{file}",
        "/v1/things/numbered/{number}",
    }


@pytest.fixture
async def document(anyone: httpx.AsyncClient) -> dict[str, Any]:
    document: dict[str, Any] = (await anyone.get("/openapi.json")).json()
    return document


async def test_the_document_says_what_is_served(document: dict[str, Any]) -> None:
    assert document["info"] == {
        "title": "Probe",
        "description": "What the tests of the chassis call.",
        "version": "dev",
    }
    send = document["paths"]["/v1/things"]["post"]
    assert (send["operationId"], send["tags"]) == ("send_thing", ["things"])


async def test_the_document_says_who_needs_a_token(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["bearer"]["bearerFormat"] == "JWT"
    assert document["security"] == [{"bearer": []}]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation.get("security") == ([] if path.startswith(OPEN) else None)


async def test_the_document_shows_what_a_problem_looks_like(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert set(schemas["ProblemBody"]["properties"]) >= {"type", "detail", "errors"}
    assert "HTTPValidationError" not in schemas
    refusals = document["components"]["responses"]
    assert all("application/problem+json" in refusal["content"] for refusal in refusals.values())
    assert {name for name, refusal in refusals.items() if "Retry-After" in refusal["headers"]} == {
        "TooManyRequests",
        "ServiceUnavailable",
    }


@pytest.mark.parametrize(
    ("method", "path", "statuses"),
    [
        ("post", "/v1/things", "200 400 401 403 408 413 415 422 429 503"),
        ("get", "/v1/things/of/{ward}", "200 400 401 403 404 422 429 503"),
        ("put", "/v1/things/of/{ward}", "200 400 401 403 404 409 422 429 503"),
        ("get", "/v1/things/tagged", "200 304 400 401 429 503"),
        ("put", "/v1/things/tagged", "200 400 401 412 422 429 503"),
        ("get", "/v1/things/numbered/{number}", "200 400 404 422"),
        ("get", "/health/ready", "200 400 503"),
        ("get", "/metrics", "200 400"),
    ],
)
async def test_what_a_route_is_says_how_it_refuses(
    document: dict[str, Any], method: str, path: str, statuses: str
) -> None:
    assert " ".join(document["paths"][path][method]["responses"]) == statuses


async def test_a_refused_method_hears_of_all_that_the_address_takes(
    officer: httpx.AsyncClient,
) -> None:
    answer = await officer.delete("/v1/things/tagged")

    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, PUT"


async def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [
        operation["operationId"]
        for operations in document["paths"].values()
        for operation in operations.values()
    ]
    assert len(ids) == len(set(ids))


async def test_schemas_of_events_are_served(anyone: httpx.AsyncClient) -> None:
    answer = await anyone.get("/schemas/wardline.report.submitted.v1.schema.json")

    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json()["title"] == "ReportSubmitted"


@pytest.mark.parametrize("file", ["none.json", "..%2F__init__.py", "%2Fetc%2Fpasswd", "..json"])
async def test_nothing_else_is_served_there(anyone: httpx.AsyncClient, file: str) -> None:
    assert (await anyone.get(f"/schemas/{file}")).status_code in {404, 422}


async def test_requests_are_counted_by_route_and_not_by_address(
    officer: httpx.AsyncClient,
) -> None:
    await officer.get("/v1/things/of/11111")
    await officer.get("/v1/nothing/22222")
    problem(await officer.request("BREW", "/v1/things"), 405, "method-not-allowed")

    numbers = (await officer.get("/metrics")).text
    name = "http_server_request_duration_seconds_count"
    assert f'{name}{{method="GET",route="/v1/things/of/{{ward}}",status="403"}}' in numbers
    assert f'{name}{{method="GET",route="unknown",status="404"}}' in numbers
    assert f'{name}{{method="other",route="/v1/things",status="405"}}' in numbers
    assert "11111" not in numbers
