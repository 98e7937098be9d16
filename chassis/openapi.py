"""The OpenAPI document: FastAPI's, with tokens and problems said once for all."""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A token of the city's identity provider; claims `sub`, `roles`, `wards`.",
}


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


def operation_id(route: APIRoute) -> str:
    """The endpoint's name: it is unique in a service."""
    return route.name


def install(app: FastAPI, public: tuple[str, ...]) -> None:
    """Let the document say which paths need a token and what every refusal looks like."""
    plain = app.openapi

    def complete() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(plain(), public)
        return plain()

    app.openapi = complete  # type: ignore[method-assign]


def _complete(document: dict[str, Any], public: tuple[str, ...]) -> None:
    components = document.setdefault("components", {})
    components["securitySchemes"] = {"bearer": BEARER}
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"), ProblemBody=problem)
    document["security"] = [{"bearer": []}]
    refusal = {
        "description": "A problem, in the caller's language",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemBody"}}
        },
    }
    for path, operations in document["paths"].items():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"].setdefault("default", refusal)
            if path.startswith(public):
                operation["security"] = []
