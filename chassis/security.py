"""Who is calling and what they may do. Of a person nothing is kept but an opaque subject."""

from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis import problems
from chassis.limits import Limits
from chassis.problems import Problem
from chassis.tokens import KeysAway, Tokens, Untrusted
from contracts.template import Text

WARD_OFFICER: Final = "ward_officer"
WARD_LEADER: Final = "ward_leader"
REVIEWER: Final = "reviewer"
DEPARTMENT_LEADER: Final = "department_leader"
OPERATOR: Final = "operator"
SYSTEM: Final = "system"

SEES_EVERY_WARD = frozenset({REVIEWER, DEPARTMENT_LEADER, OPERATOR, SYSTEM})

ANOTHER_WARD = Text(
    vi="Tài khoản của bạn không thuộc đơn vị này.",
    en="Your account does not belong to this ward.",
)
ANOTHER_ROLE = Text(
    vi="Vai trò của bạn không được phép làm việc này.", en="Your role does not permit this."
)
NO_TOKEN = Text(vi="Bạn chưa đăng nhập.", en="A bearer token is needed.")
BAD_TOKEN = Text(
    vi="Phiên đăng nhập không hợp lệ hoặc đã hết hạn, vui lòng đăng nhập lại.",
    en="The token is not valid or has expired; please sign in again.",
)


@dataclass(frozen=True, slots=True)
class Identity:
    """The caller, as their token says."""

    subject: str
    roles: frozenset[str] = frozenset()
    wards: frozenset[str] = frozenset()

    def may_see_ward(self, ward: str) -> bool:
        """Whether what this ward reports is within the caller's view."""
        return ward in self.wards or not self.roles.isdisjoint(SEES_EVERY_WARD)

    def require_ward(self, ward: str) -> None:
        """Raise 403 unless the caller may see this ward; call it before any look-up."""
        if not self.may_see_ward(ward):
            raise problems.forbidden(ANOTHER_WARD)

    def require_own_ward(self, ward: str) -> None:
        """Raise 403 unless the caller acts for this very ward, whatever else they see."""
        if ward not in self.wards:
            raise problems.forbidden(ANOTHER_WARD)


async def _caller(request: Request) -> Identity:
    identity: Identity = request.state.identity
    return identity


Caller = Annotated[Identity, Depends(_caller)]
"""An endpoint's parameter: who is calling."""


def requires(*roles: str) -> Any:  # noqa: ANN401 - what Depends returns is typed so
    """A dependency giving the caller, or 403 unless they have one of the roles.

    ``reviewer: Annotated[Identity, requires(REVIEWER)]``
    """

    async def check(caller: Caller) -> Identity:
        if caller.roles.isdisjoint(roles):
            raise problems.forbidden(ANOTHER_ROLE)
        return caller

    return Depends(check)


class Guard:
    """Lets nobody pass without a good token, except to the paths named as public.

    Outside of routing on purpose: a route cannot forget it, and no body is read before it.
    """

    def __init__(
        self,
        app: ASGIApp,
        tokens: Tokens,
        limits: Limits,
        public: Collection[str],
    ) -> None:
        """``public`` are whole paths, or beginnings of paths when they end in ``/``."""
        self._app, self._tokens, self._limits = app, tokens, limits
        self._public = frozenset(public)
        self._beginnings = tuple(path for path in public if path.endswith("/"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, as ASGI has it."""
        if scope["type"] == "lifespan" or self._is_public(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            identity = await self._admitted(scope)
        except Problem as problem:
            await problems.refusal(scope, problem)(scope, receive, send)
            return
        scope.setdefault("state", {})["identity"] = identity
        await self._app(scope, receive, send)

    def _is_public(self, path: str) -> bool:
        return path in self._public or path.startswith(self._beginnings)

    async def _admitted(self, scope: Scope) -> Identity:
        try:
            identity = await self._identify(Headers(scope=scope))
        except Problem as problem:
            if problem.status_code == HTTPStatus.UNAUTHORIZED:
                self._limits.refused((scope.get("client") or ("unknown",))[0])
            raise
        self._limits.asked(identity.subject, is_system=SYSTEM in identity.roles)
        return identity

    async def _identify(self, headers: Headers) -> Identity:
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            raise problems.unauthorized(NO_TOKEN)
        try:
            claims = await self._tokens.claims(token.strip())
            return Identity(claims["sub"], _texts(claims, "roles"), _texts(claims, "wards"))
        except Untrusted as error:
            raise problems.unauthorized(BAD_TOKEN) from error
        except KeysAway as error:
            raise problems.unavailable() from error


def _texts(claims: dict[str, Any], name: str) -> frozenset[str]:
    values = claims.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Untrusted
    return frozenset(values)
