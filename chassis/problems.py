"""What a caller hears when something is wrong: RFC 9457, in the caller's language.

``type`` is a stable slug, ``errors`` name each field by the pointer a web form knows.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from contracts.template import Text

Tongue = Literal["vi", "en"]
RETRY_AFTER_SECONDS = 2
WEIGHT = re.compile(r"[01](\.\d{1,3})?")


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; ``code`` is stable, ``message`` is for people."""

    pointer: str
    code: str
    message: Text


class Problem(HTTPException):
    """An answer that is not what the caller asked for, and why.

    ``slug`` makes the stable type, ``extra`` are further members for programs.
    """

    def __init__(
        self,
        status: int,
        slug: str,
        detail: Text,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **extra: Any,  # noqa: ANN401 - any JSON
    ) -> None:
        """Raise it anywhere below a route."""
        super().__init__(status, slug, dict(headers or {}))
        self.slug, self.text, self.errors, self.extra = slug, detail, errors, extra

    def members(self, tongue: Tongue) -> dict[str, Any]:
        """What the problem says, without the request it answers."""
        members: dict[str, Any] = {
            "type": f"/problems/{self.slug}",
            "title": HTTPStatus(self.status_code).phrase,
            "status": self.status_code,
            "detail": getattr(self.text, tongue),
        }
        if self.errors:
            members["errors"] = [
                {
                    "pointer": error.pointer,
                    "code": error.code,
                    "message": getattr(error.message, tongue),
                }
                for error in self.errors
            ]
        return members | self.extra

    def answer(self, tongue: Tongue, request_id: str = "") -> JSONResponse:
        """The problem as ``application/problem+json``."""
        return JSONResponse(
            self.members(tongue) | {"request_id": request_id},
            self.status_code,
            {**(self.headers or {}), "Content-Language": tongue, "Vary": "Accept-Language"},
            "application/problem+json",
        )


def tongue(connection: HTTPConnection) -> Tongue:
    """The language the caller likes best of Vietnamese and English; Vietnamese otherwise."""
    liked: dict[str, float] = {}
    for choice in connection.headers.get("accept-language", "").lower().split(","):
        name, _, weight = choice.partition(";q=")
        liked.setdefault(name.strip()[:2], float(weight) if WEIGHT.fullmatch(weight) else 1.0)
    return "en" if liked.get("en", 0) > liked.get("vi", 0) else "vi"


def refusal(scope: Scope, problem: Problem) -> Response:
    """The answer to the request in ``scope`` that tells its caller about the problem."""
    connection = HTTPConnection(scope)
    return problem.answer(tongue(connection), connection.state.request_id)


def not_found(detail: Text | None = None) -> Problem:
    """404: there is no such thing, or none within the caller's scope."""
    return Problem(
        404,
        "not-found",
        detail or Text(vi="Không tìm thấy.", en="There is no such thing here."),
    )


def forbidden(detail: Text) -> Problem:
    """403: the caller is known and may not do this."""
    return Problem(403, "forbidden", detail)


def unauthorized(detail: Text) -> Problem:
    """401: the caller did not say who they are, or nobody vouches for it."""
    header = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return Problem(401, "unauthorized", detail, headers=header)


def unavailable() -> Problem:
    """503: come back in a moment; nothing was done."""
    return Problem(
        503,
        "unavailable",
        Text(
            vi="Hệ thống tạm thời gián đoạn, vui lòng thử lại sau giây lát.",
            en="Something that is needed for this is away just now; please try again in a moment.",
        ),
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )
