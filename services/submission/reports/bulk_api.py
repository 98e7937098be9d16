"""``POST /v1/reports:bulk``: NDJSON in, one answer a line out, while lines still come in."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from fastapi import Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from chassis.http import Language, Router, Transact, body_limit, unsupported
from chassis.problems import Problem
from contracts.reports import BULK
from contracts.template import Text
from services.submission.reports import bulk
from services.submission.reports.api import Officer, channel_of
from services.submission.reports.bulk import Bulk, Line
from services.submission.reports.intake import Sender

router = Router(prefix="/v1/reports", tags=["reports"])

NDJSON: Final = "application/x-ndjson"
MOST_BYTES: Final = 64 * 1024 * 1024
MOST_LINES: Final = 20_000
LINES: Final = {
    "requestBody": {
        "required": True,
        "content": {NDJSON: {"schema": bulk.Draft.model_json_schema()}},
    }
}
"""What the document says of the body, which is read as it comes in: of one line."""


@router.post(
    ":bulk",
    response_class=Response,
    responses={200: {"content": {NDJSON: {}}}},
    openapi_extra=LINES,
)
@body_limit(MOST_BYTES)
async def send_reports(
    request: Request, caller: Officer, language: Language, transact: Transact
) -> Response:
    """Send many reports: a line is `{ward, template, period, content}`, and so is answered.

    Each answer has the `line` number and a `status` as a PUT would have; a line that is
    refused says why like any problem, and concerns no other line. An answer 413 at the end
    means that this line and those after it were not read.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != NDJSON:
        raise unsupported(NDJSON)
    # An outage is answered as everywhere; one that begins later is answered line by line.
    await request.app.state.runtime.database.ready()
    sender = Sender(caller.subject, channel_of(caller, BULK))
    return Answers(Bulk(caller, sender, language, transact), request)


class Answers(Response):
    """Answers while the request is still read.

    They gather, bounded by the number of lines, and never hold up the reading: a client may
    send all it has before it reads anything. Starlette's own streaming answer cannot be used,
    for it reads the rest of the request to learn of a disconnect.
    """

    media_type = NDJSON

    def __init__(self, to_answer: Bulk, request: Request) -> None:
        """``request`` is read to its end."""
        super().__init__()
        del self.headers["content-length"]
        self._bulk, self._request = to_answer, request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Answer, and read meanwhile."""
        said: asyncio.Queue[bytes] = asyncio.Queue()
        reading = asyncio.create_task(self._read(said))
        try:
            await self._send(said, reading, send)
        except ClientDisconnect:
            pass  # whatever was answered is kept; the client sends the others again
        finally:
            reading.cancel()

    async def _read(self, said: asyncio.Queue[bytes]) -> None:
        answered = 0
        try:
            async for lines in self._lines():
                said.put_nowait(await self._bulk.answer(lines))
                answered = lines[-1].number
        except Problem as problem:
            if not answered:
                raise
            said.put_nowait(self._bulk.stopped(answered + 1, problem))
        finally:
            said.put_nowait(b"")

    async def _send(
        self, said: asyncio.Queue[bytes], reading: asyncio.Task[None], send: Send
    ) -> None:
        piece = await said.get()
        if not piece:
            await reading  # raises what went wrong before there was anything to answer
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        while piece:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            piece = await said.get()
        await reading
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _lines(self) -> AsyncIterator[list[Line]]:
        async for lines in bulk.batches(self._request.stream()):
            if lines[-1].number > MOST_LINES:
                raise _too_many()
            yield lines


def _too_many() -> Problem:
    return Problem(
        413,
        "too-many-lines",
        Text(
            vi=f"Mỗi lần gửi tối đa {MOST_LINES} dòng.",
            en=f"At most {MOST_LINES} lines are taken in one request.",
        ),
    )
