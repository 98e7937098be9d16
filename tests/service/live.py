"""A service behind a real HTTP server, and a reader of its server-sent events."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import uvicorn

from chassis import clock
from chassis.service import Service
from services.notification.app import SERVICE
from tests.builders import NOON
from tests.service.harness import ServiceUnderTest


@dataclass(frozen=True)
class ServerSent:
    """One event as a browser understands it."""

    id: int
    event: str
    data: dict[str, Any]


@asynccontextmanager
async def listening(line: ServiceUnderTest) -> AsyncIterator[str]:
    """The address of a running service on a free port, in this event loop."""
    transport = line.client._transport
    assert isinstance(transport, httpx.ASGITransport)
    server = uvicorn.Server(
        uvicorn.Config(
            transport.app,
            port=0,
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=5,
        )
    )
    serving = asyncio.create_task(server._serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        line.runtime.stopping.set()
        server.should_exit = True
        await serving


async def until(holds: Callable[[], bool], seconds: float = 5) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - a test has no event to wait for
            await asyncio.sleep(0.01)


@dataclass
class Reader:
    """Reads a stream as a browser does, and remembers where it was."""

    url: str
    headers: dict[str, str]
    last_id: int | None = None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncIterator[ServerSent]]:
        """The events from where this reader was; ends when the server ends the stream."""
        resume = {} if self.last_id is None else {"Last-Event-ID": str(self.last_id)}
        timeout = httpx.Timeout(10)
        async with (
            httpx.AsyncClient(timeout=timeout) as client,
            client.stream("GET", self.url, headers=self.headers | resume) as answer,
        ):
            assert answer.status_code == 200, await answer.aread()
            assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
            async with aclosing(self._events(answer)) as events:
                yield events

    async def take(self, number: int) -> list[ServerSent]:
        """The next so many events."""
        found: list[ServerSent] = []
        async with self.reading() as events:
            async for event in events:
                found.append(event)
                if len(found) == number:
                    break
        return found

    async def next_of(self, events: AsyncIterator[ServerSent]) -> "asyncio.Task[ServerSent]":
        """The next event, to be awaited; the stream stands when this returns."""
        task = asyncio.ensure_future(anext(events))
        await until(lambda: self.last_id is not None)
        return task

    async def _events(self, answer: httpx.Response) -> AsyncGenerator[ServerSent]:
        fields: dict[str, str] = {}
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if line:
                fields[name] = value
                continue
            if "id" in fields:
                self.last_id = int(fields["id"])
            if "data" in fields:
                yield ServerSent(int(fields["id"]), fields["event"], json.loads(fields["data"]))
            fields = {}


@dataclass
class Live:
    """The service under test, with an address."""

    line: ServiceUnderTest
    url: str

    def inbox(self, role: str, *wards: str, after: int | None = None) -> Reader:
        return Reader(f"{self.url}/v1/inbox/stream", self.line.token(role, *wards), after)

    def signals(self, after: int | None = None) -> Reader:
        return Reader(f"{self.url}/v1/signals/stream", self.line.token("system"), after)


@asynccontextmanager
async def opened(serve: Callable[[Service], Awaitable[ServiceUnderTest]]) -> AsyncIterator[Live]:
    """Notification behind its server, an hour after the reports' noon."""
    with clock.set_to(NOON + timedelta(hours=1)):
        line = await serve(SERVICE)
        async with listening(line) as url:
            yield Live(line, url)
