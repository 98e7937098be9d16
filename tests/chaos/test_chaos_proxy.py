"""What each state of the network does to a connection through the proxy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from deploy.local.ports import HOST, free_ports
from tests.chaos import proxy as proxies
from tests.chaos.proxy import Mode, Proxy

SOON, NEVER = 2.0, 0.15

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Echo:
    """Says what it hears; counts who has gone."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while heard := await reader.read(100):
                writer.write(heard)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            self.gone.set()
            writer.close()


@asynccontextmanager
async def echoing() -> AsyncIterator[tuple[Proxy, Echo]]:
    """A proxy before a server that echoes."""
    port, server_port = free_ports(2)
    echo, proxy = Echo(), Proxy("echo", port, (HOST, server_port))
    server = await asyncio.start_server(echo.serve, HOST, server_port)
    await proxy.start()
    try:
        yield proxy, echo
    finally:
        await proxy.stop()
        server.close()


async def connected(proxy: Proxy) -> Streams:
    """A connection over which something was said already; it never ends by itself."""
    streams = await asyncio.open_connection(HOST, proxy.port)
    try:
        heard = await said(streams, b"hello")
    except ConnectionError:
        streams[1].transport.abort()
        raise
    if not heard:
        streams[1].transport.abort()
        raise ConnectionResetError
    return streams


async def said(streams: Streams, words: bytes, patience: float = SOON) -> bytes:
    """What comes back to what is said."""
    reader, writer = streams
    writer.write(words)
    await writer.drain()
    async with asyncio.timeout(patience):
        return await reader.read(100)


async def test_a_good_network_passes_everything() -> None:
    async with echoing() as (proxy, _):
        streams = await connected(proxy)
        assert await said(streams, b"again") == b"again"
        assert proxy.links == 1


async def test_a_reset_ends_what_there_is_and_what_comes() -> None:
    async with echoing() as (proxy, echo):
        streams = await connected(proxy)
        proxy.set(Mode.RESET)
        with pytest.raises(ConnectionError):
            assert await said(streams, b"again") or await said(streams, b"and again")
        async with asyncio.timeout(SOON):
            await echo.gone.wait()
        with pytest.raises(ConnectionError):
            await connected(proxy)
        proxy.set(Mode.PASS)
        _, writer = await connected(proxy)
        writer.transport.abort()


async def test_a_black_hole_holds_back_and_then_delivers() -> None:
    async with echoing() as (proxy, echo):
        reader, _ = streams = await connected(proxy)
        proxy.set(Mode.BLACK_HOLE)
        with pytest.raises(TimeoutError):
            await said(streams, b"again", NEVER)
        assert not echo.gone.is_set()
        proxy.set(Mode.PASS)
        async with asyncio.timeout(SOON):
            assert await reader.read(100) == b"again"


async def test_half_open_is_noticed_by_the_client_only_when_it_speaks_afterwards() -> None:
    async with echoing() as (proxy, echo):
        reader, _ = streams = await connected(proxy)
        proxy.set(Mode.HALF_OPEN)
        async with asyncio.timeout(SOON):
            await echo.gone.wait()
        proxy.set(Mode.PASS)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(NEVER):
                await reader.read(100)
        with pytest.raises(ConnectionError):
            assert await said(streams, b"again") or await said(streams, b"and again")


async def test_an_orphaned_server_learns_of_it_only_afterwards() -> None:
    async with echoing() as (proxy, echo):
        streams = await connected(proxy)
        proxy.set(Mode.ORPHANED)
        with pytest.raises(ConnectionError):
            await said(streams, b"again")
        await asyncio.sleep(NEVER)
        assert not echo.gone.is_set()
        proxy.set(Mode.PASS)
        async with asyncio.timeout(SOON):
            await echo.gone.wait()


async def test_a_delay_comes_before_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxies, "DELAY_SECONDS", 2 * NEVER)
    async with echoing() as (proxy, _):
        streams = await connected(proxy)
        proxy.set(Mode.DELAY)
        with pytest.raises(TimeoutError):
            await said(streams, b"again", NEVER)


async def test_a_throttled_connection_takes_time_by_the_byte(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(proxies, "THROTTLED_BYTES_A_SECOND", 100)
    async with echoing() as (proxy, _):
        streams = await connected(proxy)
        proxy.set(Mode.THROTTLE)
        assert await said(streams, b"ab") == b"ab"
        with pytest.raises(TimeoutError):
            await said(streams, b"x" * 100, NEVER)


async def test_without_a_server_a_client_is_turned_away() -> None:
    port, nobody = free_ports(2)
    proxy = Proxy("nobody", port, (HOST, nobody))
    await proxy.start()
    with pytest.raises(ConnectionError):
        await connected(proxy)
    await proxy.stop()
