"""The outermost layer of HTTP: request ids, limits, headers, metrics and one log line."""

import asyncio
import re
from time import perf_counter
from typing import Final
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import metrics
from chassis.logging import correlation_id, traceparent
from chassis.problems import Problem, refusal
from contracts.template import Text

KIB: Final = 1024
BODY_LIMIT = 256 * KIB
"""Bytes of a body at most, where a route does not say otherwise."""
BODY_SECONDS = 30.0
"""How long a caller may keep us waiting for a body…"""
SLOWEST = 8 * KIB
"""…and a second more for so many bytes that came."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUIET = ("/health/", "/metrics")
SANE_ID = re.compile(r"[A-Za-z0-9._:-]{8,64}")
SANE_TRACE = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000",
}
NUL = Problem(
    400,
    "bad-address",
    Text(
        vi="Địa chỉ chứa ký tự không hợp lệ.",
        en="The address contains a character that no name has.",
    ),
)
TOO_SLOW = Problem(
    408,
    "body-too-slow",
    Text(
        vi="Dữ liệu gửi lên quá chậm, vui lòng thử lại.",
        en="The body came too slowly; please send it again.",
    ),
    headers={"Connection": "close"},
)

log = structlog.get_logger()


class Edge:
    """Wraps every request; inside it the contextvars of `chassis.logging` are set."""

    def __init__(self, app: ASGIApp) -> None:
        """``app`` is everything further in."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, as ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(scope, receive, send)
        app: ASGIApp = self._app
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            app = refusal(scope, NUL)
        try:
            with metrics.HTTP_IN_FLIGHT.track_inprogress():
                await app(scope, exchange.receive, exchange.send)
        finally:
            exchange.record()


class Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Takes the ids the caller sent, where they are sane, and makes the others."""
        self._scope, self._receive, self._send = scope, receive, send
        self._headers = Headers(scope=scope)
        self._began = perf_counter()
        self._read, self._waited, self._is_whole = 0, 0.0, False
        self._status = 500
        given = self._headers.get("x-request-id", "")
        self.request_id = given if SANE_ID.fullmatch(given) else str(uuid4())
        scope.setdefault("state", {})["request_id"] = self.request_id
        correlation_id.set(self.request_id)
        trace = self._headers.get("traceparent", "")
        traceparent.set(trace if SANE_TRACE.fullmatch(trace) else None)

    async def receive(self) -> Message:
        """The next piece of the body; raises 413 when there is too much of it, 408 when it lags."""
        limit: int = getattr(self._scope.get("endpoint"), "body_limit", BODY_LIMIT)
        declared = self._headers.get("content-length", "0")
        if declared.isdecimal() and int(declared) > limit:
            raise too_large(limit)
        message = await (self._receive() if self._is_whole else self._in_time())
        self._read += len(message.get("body", b""))
        if self._read > limit:
            raise too_large(limit)
        return message

    async def _in_time(self) -> Message:
        """Only the waiting counts: what we do with a piece is not the caller's delay."""
        began = perf_counter()
        try:
            async with asyncio.timeout(BODY_SECONDS + self._read / SLOWEST - self._waited):
                message = await self._receive()
        except TimeoutError as error:
            raise TOO_SLOW from error
        self._waited += perf_counter() - began
        self._is_whole = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Pass the answer on, with the headers every answer has."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in standard_headers(self.request_id).items():
                headers.setdefault(name, value)
        await self._send(message)

    def record(self) -> None:
        """Count and log the exchange once it is over."""
        seconds = perf_counter() - self._began
        method = self._scope["method"]
        labels = (
            method if method in METHODS else "other",
            getattr(self._scope.get("route"), "path", "unknown"),
            str(self._status),
        )
        metrics.HTTP_SECONDS.labels(*labels).observe(seconds)
        if not self._scope["path"].startswith(QUIET):
            log.info(
                "request_answered",
                method=method,
                path=self._scope["path"],
                status=self._status,
                milliseconds=round(seconds * 1000, 1),
            )


def standard_headers(request_id: str) -> dict[str, str]:
    """The headers of every answer."""
    return {**HEADERS, "X-Request-ID": request_id, "Cache-Control": "no-store"}


def too_large(limit: int) -> Problem:
    """413: the body is larger than this route takes."""
    return Problem(
        413,
        "body-too-large",
        Text(
            vi=f"Dữ liệu gửi lên vượt quá {limit // KIB} KiB.",
            en=f"The body is larger than {limit // KIB} KiB.",
        ),
        headers={"Connection": "close"},
        limit_bytes=limit,
    )
