"""A caller who dawdles is let go; one who is merely slow is not."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic

import pytest
import uvicorn
from fastapi import FastAPI

from chassis import edge, wire
from deploy.local.issuer import Issuer
from tests.asking import as_

BODY = b'{"name": "kit", "count": 1}'


@pytest.fixture
async def port(app: FastAPI) -> AsyncIterator[int]:
    """Where the probe listens, as a service does."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, http=wire.Wire, lifespan="off", log_config=None)
    )
    serving = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - a test has no event to wait for
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


@pytest.fixture
def head(issuer: Issuer) -> bytes:
    token = as_("reviewer", issuer)["Authorization"]
    return (
        f"POST /v1/things HTTP/1.1\r\nHost: probe\r\nAuthorization: {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n"
    ).encode()


async def told(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """What the server says until it closes, or until it is silent for two seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sending = asyncio.create_task(send(writer, pieces, pause))
    found = b""
    try:
        async with asyncio.timeout(2 + len(pieces) * pause):
            while piece := await reader.read(65_536):
                found += piece
            return found + b"closed"
    except TimeoutError:
        return found
    finally:
        sending.cancel()
        writer.close()


async def send(writer: asyncio.StreamWriter, pieces: tuple[bytes, ...], pause: float) -> None:
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(pause)


@pytest.mark.parametrize("sent", [0, 1, 40])
async def test_a_head_that_never_ends_is_not_waited_for(
    port: int, head: bytes, sent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.3)
    began = monotonic()
    dribbled = [head[at : at + 1] for at in range(sent)]

    assert await told(port, *dribbled, pause=0.05) == b"closed"
    assert monotonic() - began < 1.5


async def test_a_second_request_has_a_head_in_time_too(
    port: int, head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.3)

    answer = await told(port, head + BODY, head[:20])

    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"closed")


async def test_a_body_that_never_ends_is_answered_408(
    port: int, head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "BODY_SECONDS", 0.3)
    dribbled = [BODY[at : at + 1] for at in range(len(BODY))]

    answer = await told(port, head, *dribbled, pause=0.1)

    assert answer.startswith(b"HTTP/1.1 408")
    assert b"/problems/body-too-slow" in answer
    assert answer.endswith(b"closed")


async def test_who_is_merely_slow_is_answered(
    port: int, head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "BODY_SECONDS", 1.0)
    monkeypatch.setattr(wire, "HEAD_SECONDS", 1.0)

    answer = await told(port, head[:30], head[30:], BODY[:9], BODY[9:], pause=0.2)

    assert answer.startswith(b"HTTP/1.1 200")


async def test_a_long_answer_is_no_slow_question(
    port: int, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "BODY_SECONDS", 0.1)
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.1)
    token = as_("reviewer", issuer)["Authorization"]
    request = f"GET /v1/things/slow HTTP/1.1\r\nHost: probe\r\nAuthorization: {token}\r\n\r\n"

    assert b'"done"' in await told(port, request.encode())
