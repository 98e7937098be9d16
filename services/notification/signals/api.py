"""Signals over HTTP."""

from typing import Annotated

from fastapi import Request
from starlette.responses import Response

from chassis.http import Router
from chassis.security import SYSTEM, Identity, requires
from services.notification.signals import repository
from services.notification.streams.sse import EVENT_STREAM, Reader, Resumption, runtime_of

router = Router(prefix="/v1/signals", tags=["signals"])


@router.get("/stream", response_class=Response, responses=EVENT_STREAM)
async def stream_signals(
    request: Request, resume: Resumption, caller: Annotated[Identity, requires(SYSTEM)]
) -> Response:
    """Every change of a report, a queue's count or a figure, live, as server-sent events.

    Events are ``report``, ``queue`` and ``figures``, each with what to read anew; ``reset``
    when ``Last-Event-ID`` is older than the two days that signals are kept.
    """
    everyone = (repository.EVERYONE,)
    reader = Reader(
        runtime_of(request), repository.SIGNALS, everyone, "en", resume.position, caller.subject
    )
    return await reader.stream()
