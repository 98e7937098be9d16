"""The public HTTP API, asked as a person, with the patience of a good client."""

import asyncio
import random
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

    So a request must be safe to send twice: PUT is, decisions carry an Idempotency-Key.
    """

    def __init__(self, layout: Layout, clients: int) -> None:
        """``clients``: how many requests are under way at most."""
        self._layout = layout
        self._http = httpx.AsyncClient(
            limits=httpx.Limits(
                max_connections=None,
                max_keepalive_connections=4 * clients,
                keepalive_expiry=SERVER_KEEPS_ALIVE_SECONDS,
            ),
            timeout=httpx.Timeout(15.0),
            trust_env=False,
        )
        self._places = asyncio.Semaphore(clients)
        self.sent_again = 0

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
        await self._http.aclose()

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
        request = self._http.build_request(
            method,
            self._layout.service_url(service) + slash + path,
            json=body,
            headers={"Authorization": f"Bearer {who.token}", **(headers or {})},
        )
        async with self._places:
            began = perf_counter()
            response = await self._answered(request, service)
            answer = Answer(response.status_code, response.json(), perf_counter() - began)
        if answer.status not in accept:
            raise DemoError(f"{method} {where} was answered {answer.status}: {answer.body}")
        return answer

    async def _answered(self, request: httpx.Request, service: str) -> httpx.Response:
        deadline, pause = perf_counter() + PATIENCE_SECONDS, FIRST_PAUSE_SECONDS
        while True:
            try:
                response = await self._http.send(request)
                if response.status_code not in AGAIN_LATER:
                    return response
                reason = f"it answers {response.status_code}"
            except httpx.TransportError as error:
                reason = str(error) or type(error).__name__
            if perf_counter() > deadline:
                raise DemoError(f"{service} is away for {PATIENCE_SECONDS:.0f} s: {reason}")
            self.sent_again += 1
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - jitter
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
