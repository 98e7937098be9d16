"""How what goes wrong below a route becomes a problem: validation, routing, database, bugs."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from chassis import edge, failures, metrics, problems
from chassis.failures import Failure
from chassis.problems import FieldError, Problem
from contracts.content import pointer
from contracts.template import Text

INVALID = Text(
    vi="Dữ liệu gửi lên chưa đúng, xem chi tiết từng mục.",
    en="Something in the request is not right; each field is named below.",
)
WORDS = {
    "missing": ("Bắt buộc phải có.", "This is required."),
    "extra_forbidden": ("Mục này không được chấp nhận.", "There is no such field."),
    "int_type": ("Phải là số nguyên.", "This must be an integer."),
    "int_parsing": ("Phải là số nguyên.", "This must be an integer."),
    "string_type": ("Phải là văn bản.", "This must be text."),
    "bool_type": ("Phải là true hoặc false.", "This must be true or false."),
    "list_type": ("Phải là danh sách.", "This must be a list."),
    "model_attributes_type": ("Phải là một đối tượng JSON.", "This must be a JSON object."),
    "dict_type": ("Phải là một đối tượng JSON.", "This must be a JSON object."),
    "uuid_parsing": ("Phải là một UUID.", "This must be a UUID."),
    "enum": ("Giá trị không nằm trong danh mục.", "This is none of the allowed values."),
    "literal_error": ("Giá trị không nằm trong danh mục.", "This is none of the allowed values."),
    "string_too_long": ("Quá dài: tối đa {max_length} ký tự.", "At most {max_length} characters."),
    "string_too_short": (
        "Quá ngắn: ít nhất {min_length} ký tự.",
        "At least {min_length} characters.",
    ),
    "greater_than_equal": ("Phải từ {ge} trở lên.", "This must be {ge} or more."),
    "less_than_equal": ("Phải từ {le} trở xuống.", "This must be {le} or less."),
}
ROUTING = {
    404: Text(vi="Không có địa chỉ này.", en="There is nothing at this address."),
    405: Text(vi="Địa chỉ này không nhận phương thức đó.", en="That method is not used here."),
}
BROKEN = Problem(
    500,
    "internal-error",
    Text(
        vi="Hệ thống gặp lỗi ngoài dự kiến; khi liên hệ hỗ trợ, hãy gửi kèm mã yêu cầu.",
        en="Something unexpected went wrong; quote the request id when you ask for help.",
    ),
)

log = structlog.get_logger()


def install(app: FastAPI) -> None:
    """Let this application answer with problems, whatever goes wrong."""
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_raised)
    for kind in (*failures.OUTAGES, DBAPIError):
        app.exception_handler(kind)(_away)
    app.exception_handler(Exception)(_broken)


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    errors = [
        FieldError(_place(found["loc"]), found["type"].replace("_", "-"), _words(found))
        for found in error.errors()
    ]
    return problems.refusal(request.scope, Problem(422, "invalid", INVALID, errors=errors))


def _place(loc: Sequence[str | int]) -> str:
    parts = [str(part) for part in loc]
    return pointer(*(parts[1:] if parts[0] == "body" else parts))


def _words(error: dict[str, Any]) -> Text:
    vi, en = WORDS.get(error["type"], ("Giá trị không hợp lệ.", error["msg"]))
    about = error.get("ctx", {})
    return Text(vi=vi.format(**about), en=en.format(**about) if error["type"] in WORDS else en)


async def _raised(request: Request, error: HTTPException) -> Response:
    if isinstance(error, Problem):
        return problems.refusal(request.scope, error)
    if error.status_code < HTTPStatus.BAD_REQUEST:
        return Response(status_code=error.status_code, headers=error.headers)
    phrase = HTTPStatus(error.status_code).phrase
    detail = ROUTING.get(error.status_code, Text(vi=phrase, en=phrase))
    slug = phrase.lower().replace(" ", "-")
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    problem = Problem(error.status_code, slug, detail, headers=headers)
    return problems.refusal(request.scope, problem)


def _methods(request: Request) -> set[str]:
    """All methods of an address; Starlette names those of the first of its routes alone."""
    path = request.scope["route"].path
    routes = iter_route_contexts(request.app.routes)
    return {method for route in routes if route.path == path for method in route.methods or ()}


async def _away(request: Request, error: Exception) -> Response:
    if failures.persistent(error) is not Failure.INFRASTRUCTURE:
        raise error
    metrics.DATABASE_AWAY.inc()
    log.warning("database_unavailable", reason=str(error)[:300])
    return problems.refusal(request.scope, problems.unavailable())


async def _broken(request: Request, error: Exception) -> Response:
    log.error("request_failed", path=request.url.path, exc_info=error)
    answer = problems.refusal(request.scope, BROKEN)
    answer.headers.update(edge.standard_headers(request.state.request_id))
    return answer
