"""The OpenAPI document: FastAPI's, with tokens and refusals said once for all.

Which refusals a route has follows from what it is: whether it needs a token, names a thing, takes
a body, asks who is calling, or is conditional. A route says only what does not follow from that,
as ``responses={404: …}``.
"""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, Final, NamedTuple, get_args

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel, Field

from chassis.http import Conditional
from chassis.security import Caller

Json = dict[str, Any]

BEARER: Final = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A token of the city's identity provider; claims `sub`, `roles`, `wards`.",
}
PROBLEM: Final = {
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemBody"}}
}
MEANINGS: Final = {
    400: "The address or the body means nothing.",
    401: "There is no token, or nobody vouches for it.",
    403: "The caller may not do this, or not for this ward.",
    404: "There is no such thing, or none within the caller's view.",
    408: "The body comes too slowly.",
    409: "The thing is in another state than this needs.",
    412: "The thing has changed since the caller read it.",
    413: "The body is too large.",
    415: "The body is of another type than is read here.",
    422: "Something in the request is wrong; each field is named.",
    429: "The caller asks too often.",
    503: "Something that is needed is away; nothing was done.",
}
HEADERS: Final = {
    401: "WWW-Authenticate",
    429: "Retry-After",
    503: "Retry-After",
}
CHANGES: Final = frozenset({"post", "put", "patch", "delete"})


class FieldErrorBody(BaseModel):
    """What is wrong with one field."""

    pointer: str = Field(examples=["/values/hit01"])
    code: str = Field(examples=["missing"])
    message: str


class ProblemBody(BaseModel):
    """RFC 9457; `type` is stable, `detail` and `message` are in the caller's language."""

    type: str = Field(examples=["/problems/invalid"])
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[FieldErrorBody] = []


class Route(NamedTuple):
    """What a route is, as far as that decides how it refuses."""

    changes: bool
    guarded: bool
    names_a_thing: bool
    has_body: bool
    is_checked: bool
    """It takes parameters or a body of its own."""
    knows_the_caller: bool
    conditional: bool

    def refusals(self) -> Iterator[int]:
        """The statuses of its refusals."""
        yield 400
        if self.guarded:
            yield from (401, 429, 503)
        if self.knows_the_caller:
            yield 403
        if self.names_a_thing:
            yield from (404, 409) if self.changes else (404,)
        if self.conditional and self.changes:
            yield 412
        if self.has_body:
            yield from (408, 413, 415)
        if self.is_checked:
            yield 422


def operation_id(route: APIRoute) -> str:
    """The endpoint's name: it is unique in a service."""
    return route.name


def install(app: FastAPI, public: tuple[str, ...]) -> None:
    """Let the document say which paths need a token and how every route refuses."""
    plain = app.openapi

    def complete() -> Json:
        if app.openapi_schema is None:
            _complete(plain(), public, _dependencies(app))
        return plain()

    app.openapi = complete  # type: ignore[method-assign]


def _complete(document: Json, public: tuple[str, ...], asks: dict[str, set[object]]) -> None:
    _components(document.setdefault("components", {}))
    document["security"] = [{"bearer": []}]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            asked = asks[operation["operationId"]]
            route = Route(
                changes=method in CHANGES,
                guarded=not path.startswith(public),
                names_a_thing="{" in path,
                has_body="requestBody" in operation,
                is_checked="422" in operation["responses"],
                knows_the_caller=_made_by(Caller) in asked,
                conditional=_made_by(Conditional) in asked,
            )
            _describe(operation, route)


def _components(components: Json) -> None:
    components["securitySchemes"] = {"bearer": BEARER}
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"), ProblemBody=problem)
    components["responses"] = {_name(status): _refusal(status) for status in MEANINGS}


def _describe(operation: Json, route: Route) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    for status in route.refusals():
        shared = {"$ref": f"#/components/responses/{_name(status)}"}
        responses.setdefault(str(status), shared)
    for status, response in responses.items():
        if int(status) >= HTTPStatus.BAD_REQUEST and "$ref" not in response:
            response.setdefault("content", PROBLEM)
    if not route.guarded:
        operation["security"] = []
    if route.conditional:
        _conditions(operation, changes=route.changes)
    operation["responses"] = dict(sorted(responses.items()))


def _conditions(operation: Json, *, changes: bool) -> None:
    names = ("If-Match", "If-None-Match") if changes else ("If-None-Match",)
    tag = {"type": "string", "examples": ['"3-2-1"', "*"]}
    operation.setdefault("parameters", []).extend(
        {"name": name, "in": "header", "required": False, "schema": tag} for name in names
    )
    if not changes:
        operation["responses"]["304"] = {"description": "The caller has this state already."}


def _refusal(status: int) -> Json:
    header = HEADERS.get(status)
    shown = {header: {"required": True, "schema": {"type": "string"}}} if header else {}
    return {"description": MEANINGS[status], "headers": shown, "content": PROBLEM}


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.title().replace(" ", "")


def _dependencies(app: FastAPI) -> dict[str, set[object]]:
    """By the name of each endpoint what FastAPI calls for it."""
    return {
        route.name or "": set(_calls(route.dependant))
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
    }


def _calls(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for part in dependant.dependencies:
        yield from _calls(part)


def _made_by(parameter: object) -> Callable[..., Any]:
    """What makes an endpoint's parameter, such as `Caller`."""
    made: Callable[..., Any] = get_args(parameter)[1].dependency
    return made
