"""The public HTTP API, asked as a person, with the patience of a good client."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from time import perf_counter
from types import TracebackType
from typing import Any, Self

import httpx

from deploy.demo.people import Person
from deploy.demo.trouble import DemoError
from deploy.local.layout import Layout

PATIENCE_SECONDS = 120.0
ANSWER_SECONDS = 15.0
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
AGAIN_LATER = {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}
SERVER_KEEPS_ALIVE_SECONDS = 4.0
"""A connection idle for longer may be closed by the server just when it is used."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said at last, and how long it took from the first try."""

    status: int
    body: Any
    seconds: float

    @property
    def slug(self) -> str:
        """Which problem it is, such as ``withdrawal-pending``; empty when it is none."""
        is_problem = self.status >= HTTPStatus.BAD_REQUEST
        return str(self.body.get("type", "")).rpartition("/")[2] if is_problem else ""


class Api:
    """The four services; every request is sent again until it is answered.

    So a request must be safe to send twice: PUT is, others carry an Idempotency-Key.
    """

    def __init__(self, layout: Layout, clients: int, *, patience: float = PATIENCE_SECONDS) -> None:
        """``clients``: how many requests are under way at most.

        Each has connections of its own: in one pool, every request would look at all of them.
        A service may be away for ``patience`` seconds.
        """
        self._layout, self._patience = layout, patience
        self._idle: asyncio.LifoQueue[httpx.AsyncClient] = asyncio.LifoQueue()
        self._clients = [_client() for _ in range(clients)]
        for client in self._clients:
            self._idle.put_nowait(client)
        self.sent_again: Counter[str] = Counter()
        """How many requests were, by reason."""

    async def __aenter__(self) -> Self:
        """Open."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection."""
        for client in self._clients:
            await client.aclose()

    async def ask(  # noqa: PLR0913 - the parts of a request
        self,
        who: Person,
        method: str,
        where: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (HTTPStatus.OK, HTTPStatus.ACCEPTED),
    ) -> Answer:
        """Ask until there is an answer; ``where`` is the service and the path.

        Raises:
            DemoError: the service stays away, or the answer is none of ``accept``.
        """
        service, slash, path = where.partition("/")
        request = httpx.Request(
            method,
            self._layout.service_url(service) + slash + path,
            json=body,
            headers={"Authorization": f"Bearer {who.token}", **(headers or {})},
        )
        answer = await self._asked(request, service)
        if answer.status not in accept:
            raise DemoError(f"{method} {where} was answered {answer.status}: {answer.body}")
        return answer

    async def _asked(self, request: httpx.Request, service: str) -> Answer:
        client = await self._idle.get()
        try:
            began = perf_counter()
            response = await self._answered(client, request, service)
            return Answer(response.status_code, response.json(), perf_counter() - began)
        except ValueError as error:
            raise DemoError(f"{request.method} {request.url} got no JSON for an answer") from error
        finally:
            self._idle.put_nowait(client)

    async def _answered(
        self, client: httpx.AsyncClient, request: httpx.Request, service: str
    ) -> httpx.Response:
        deadline, pause = perf_counter() + self._patience, FIRST_PAUSE_SECONDS
        while True:
            try:
                response = await client.send(request)
                if response.status_code not in AGAIN_LATER:
                    return response
                reason = f"it answers {response.status_code}"
            except httpx.TransportError as error:
                reason = str(error) or type(error).__name__
            if perf_counter() > deadline:
                raise DemoError(f"{service} is away for {self._patience:.0f} s: {reason}")
            self.sent_again[f"{service}: {reason}"] += 1
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - jitter
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(
        limits=httpx.Limits(keepalive_expiry=SERVER_KEEPS_ALIVE_SECONDS),
        timeout=httpx.Timeout(ANSWER_SECONDS),
        verify=False,  # noqa: S501 - plain HTTP on the loopback; making a context takes long
        trust_env=False,
    )
