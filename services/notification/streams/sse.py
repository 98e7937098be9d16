"""Server-sent events over HTTP: catches a reader up, then keeps them up to date."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic
from typing import Annotated, Any, Final

import structlog
from fastapi import Depends, Header, Query, Request
from sqlalchemy.exc import DBAPIError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from chassis.failures import OUTAGES
from chassis.runtime import Runtime
from services.notification.streams import repository
from services.notification.streams.hub import Hub, Subscription
from services.notification.streams.tail import Log, Span

HEARTBEAT_SECONDS: Final = 15.0
LOOK_SECONDS: Final = 1.0
"""How soon a stream that nothing comes on sees that the service is stopping."""
SEND_SECONDS: Final = 20.0
"""A reader who takes nothing for so long is dropped."""
LONGEST_SECONDS: Final = 600.0
"""Then the reader comes again and shows a token that is still good."""
START_SECONDS: Final = 5.0

EVENT_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "Server-sent events.", "content": {"text/event-stream": {}}}
}
"""What an endpoint's description says of its answer."""

log = structlog.get_logger()


def frame(position: int, event: str, data: str) -> bytes:
    """One event; ``data`` is JSON on one line."""
    return f"id: {position}\nevent: {event}\ndata: {data}\n\n".encode()


class Resume:
    """From where a reader goes on: ``Last-Event-ID``, or ``after`` when they just read a list."""

    def __init__(
        self,
        last_event_id: Annotated[int | None, Header(ge=0, lt=2**63)] = None,
        after: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
    ) -> None:
        """A browser's reader sends the header by itself when it reconnects; it wins."""
        self.position = after if last_event_id is None else last_event_id


Resumption = Annotated[Resume, Depends()]
"""An endpoint's parameter."""


@dataclass
class Reader:
    """One reader of one log: who they are, what they have, what they read."""

    runtime: Runtime
    log: Log
    audiences: tuple[str, ...]
    language: str
    position: int | None
    subject: str

    async def stream(self) -> Response:
        """The answer; raises what the database raises when it is away."""
        hub = self.log.hub(self.runtime.database)
        async with asyncio.timeout(START_SECONDS):
            await hub.started.wait()
        return EventStream(self, hub)

    async def events(self, subscription: Subscription) -> AsyncGenerator[bytes]:
        """Everything after the reader's position, for as long as the stream may last."""
        yield b"retry: 1000\n\n"
        start = self.position
        self.position = max(start or 0, subscription.since)
        if start is not None:
            async for part in self._missed(start, subscription.since):
                yield part
        # An id alone is no event, but from now on the reader resumes from here.
        yield f"id: {self.position}\n\n".encode()
        last, ends = monotonic(), monotonic() + LONGEST_SECONDS
        while not (subscription.ended or self.runtime.stopping.is_set() or monotonic() > ends):
            entry = await subscription.next(LOOK_SECONDS)
            if entry is not None and entry.position > self.position:
                last, self.position = monotonic(), entry.position
                yield entry.frame(self.language)
            elif monotonic() - last > HEARTBEAT_SECONDS:
                last = monotonic()
                yield b": still here\n\n"

    async def _missed(self, after: int, upto: int) -> AsyncIterator[bytes]:
        database, table = self.runtime.database, self.log.table
        while True:
            async with database.unit() as unit:
                span = Span(after, upto, self.audiences)
                entries = await self.log.read(unit.session, span)
                bounds = await repository.bounds(unit.session, table)
            if bounds.lost(after):
                # The reader reads the list anew; from here on nothing is missing.
                self.position = upto
                yield frame(upto, "reset", "{}")
                return
            for entry in entries:
                after = entry.position
                yield entry.frame(self.language)
            if len(entries) < span.limit:
                return


class EventStream(Response):
    """Sends events until the reader goes, is too slow, or the stream ends."""

    media_type = "text/event-stream"

    def __init__(self, reader: Reader, hub: Hub) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._reader, self._hub = reader, hub

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Answer as ASGI wants it; raises 429 where the reader has too many streams."""
        with self._hub.places.place(self._reader.subject):
            await self._send(receive, send)

    async def _send(self, receive: Receive, send: Send) -> None:
        subscription = self._hub.subscribe(self._reader.audiences)
        gone = asyncio.create_task(_until_gone(receive, subscription))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async with aclosing(self._reader.events(subscription)) as events:
                async for part in events:
                    async with asyncio.timeout(SEND_SECONDS):
                        await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (*OUTAGES, DBAPIError) as error:
            log.info("stream_cut", log=self._hub.log, reason=type(error).__name__)
        finally:
            gone.cancel()
            self._hub.leave(subscription)


async def _until_gone(receive: Receive, subscription: Subscription) -> None:
    try:
        while (await receive())["type"] != "http.disconnect":
            pass
    finally:
        subscription.end()


def runtime_of(request: Request) -> Runtime:
    """The replica that answers this request."""
    runtime: Runtime = request.app.state.runtime
    return runtime
