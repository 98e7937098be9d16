"""What an endpoint is given: a router, a transaction, the caller's language, conditions."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable
from hashlib import sha256
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from chassis import problems, strict_json
from chassis.problems import Problem, Tongue
from chassis.together import Work
from chassis.unit import Unit
from contracts.template import Text

T = TypeVar("T")
Q = TypeVar("Q")
F = TypeVar("F", bound=Callable[..., Any])


class _StrictRequest(Request):
    async def json(self) -> Any:  # noqa: ANN401 - JSON
        return strict_json.read(await self.body())


class StrictRoute(APIRoute):
    """Takes a body only when it says that it is JSON, and only strict JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own, behind these two checks."""
        handle = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            if self.body_field is not None and not _says_json(request):
                raise unsupported()
            return await handle(_StrictRequest(request.scope, request.receive))

        return strictly


class Router(APIRouter):
    """The router of every capability; takes what `APIRouter` takes."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - those of APIRouter
        super().__init__(route_class=StrictRoute, **options)


def body_limit(size: int) -> Callable[[F], F]:
    """Lets an endpoint take bodies of ``size`` bytes; it stands right above ``def``."""

    def mark(endpoint: F) -> F:
        endpoint.body_limit = size  # type: ignore[attr-defined]
        return endpoint

    return mark


class Transaction:
    """Runs work in one transaction that is committed before the answer is sent."""

    def __init__(self, request: Request) -> None:
        self._database = request.app.state.runtime.database

    async def __call__(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        """What ``work`` returned; it may run again, after a deadlock."""
        result: T = await self._database.transact(work)
        return result

    async def together(self, work: Work[Q, T], asked: Q) -> T:
        """The answer to ``asked``, kept in one transaction with others' (`chassis.together`)."""
        answer: T = await self._database.together(work, asked)
        return answer


# Dependencies are async although they await nothing: FastAPI sends others to a thread each.
async def _transaction(request: Request) -> Transaction:
    return Transaction(request)


Transact = Annotated[Transaction, Depends(_transaction)]
"""An endpoint's parameter: ``return await transact(lambda unit: …)``."""


async def _language(request: Request) -> Tongue:
    return problems.tongue(request)


Language = Annotated[Tongue, Depends(_language)]
"""An endpoint's parameter: the language the caller reads."""


def etag(*parts: object) -> str:
    """A strong entity tag of what identifies a state, such as a revision."""
    return '"' + "-".join(str(part) for part in parts) + '"'


def content_etag(content: BaseModel) -> str:
    """A strong entity tag of an answer that has no revision of its own."""
    return etag(sha256(content.model_dump_json().encode()).hexdigest()[:32])


class NotModified(HTTPException):
    """The caller has it already."""

    def __init__(self, tag: str) -> None:
        super().__init__(304, headers={"ETag": tag, "Cache-Control": "private, no-cache"})


class Conditions:
    """The caller's ``If-Match`` and ``If-None-Match``, and how an endpoint honours them."""

    def __init__(self, request: Request, response: Response) -> None:
        self._match = _tags(request, "if-match")
        self._none_match = _tags(request, "if-none-match")
        self._response = response

    def guard(self, current: str | None, *, part: Callable[[str], str] = str) -> None:
        """Raise 412 unless a change may go ahead; ``current`` is the state's tag or none.

        ``part`` says which part of a tag must be the same, where not all of it.
        """
        tag = current and part(current)
        wanted = self._match is None or _holds(map(part, self._match), tag)
        if not wanted or (self._none_match is not None and _holds(self._none_match, current)):
            raise Problem(
                412,
                "precondition-failed",
                Text(
                    vi="Dữ liệu đã thay đổi từ lần bạn xem gần nhất, vui lòng tải lại.",
                    en="It has changed since you last read it; please read it again.",
                ),
                headers={"ETag": current} if current else {},
            )

    def offer(self, tag: str) -> None:
        """Tag a read's answer, or end with 304 when the caller has this state already."""
        if self._none_match is not None and _holds(self._none_match, tag):
            raise NotModified(tag)
        self._response.headers["ETag"] = tag
        self._response.headers["Cache-Control"] = "private, no-cache"


async def _conditions(request: Request, response: Response) -> Conditions:
    return Conditions(request, response)


Conditional = Annotated[Conditions, Depends(_conditions)]
"""An endpoint's parameter: ``conditional.offer(tag)`` or ``conditional.guard(tag)``."""


def _tags(request: Request, name: str) -> frozenset[str] | None:
    lines = request.headers.getlist(name)
    tags = (tag.strip().removeprefix("W/") for line in lines for tag in line.split(","))
    return frozenset(tags) if lines else None


def _holds(tags: Iterable[str], current: str | None) -> bool:
    return current is not None and not {"*", current}.isdisjoint(tags)


def _says_json(request: Request) -> bool:
    if request.headers.get("content-length", "0") == "0" and (
        "transfer-encoding" not in request.headers
    ):
        return True
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def unsupported(*wanted: str) -> Problem:
    """415: the body is of a type this route does not read."""
    types = ", ".join(wanted or ("application/json",))
    return Problem(
        415,
        "unsupported-media-type",
        Text(vi=f"Chỉ nhận dữ liệu dạng {types}.", en=f"Only {types} is read here."),
        headers={"Accept": types},
    )
