"""A switchable TCP proxy: what a network can do to a connection, done to all of a server's."""

import asyncio
import socket
import struct
from contextlib import suppress
from enum import StrEnum
from typing import Final

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

CHUNK: Final = 65_536
DELAY_SECONDS: Final = 0.5
THROTTLED_BYTES_A_SECOND: Final = 24_000
CONNECT_SECONDS: Final = 5.0
RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


class Mode(StrEnum):
    """How the network is."""

    PASS = "pass"
    RESET = "reset"
    """Every connection is reset, and so is every new one."""
    BLACK_HOLE = "black-hole"
    """Nothing passes and nobody is told; afterwards what was held back arrives."""
    HALF_OPEN = "half-open"
    """The server's ends are closed; clients learn of it when they next send, afterwards."""
    ORPHANED = "orphaned"
    """The clients' ends are reset; the server's stay open and silent until it is over."""
    DELAY = "delay"
    """Everything arrives half a second late."""
    THROTTLE = "throttle"
    """Each direction of a connection carries some kilobytes a second."""


class Proxy:
    """Passes bytes between its own port and one server."""

    def __init__(self, name: str, port: int, server: str | tuple[str, int]) -> None:
        """``server`` is the path of a Unix socket, or host and port."""
        self.name, self.port = name, port
        self.mode = Mode.PASS
        self._server = server
        self._listening: asyncio.Server | None = None
        self._links: set[Link] = set()
        self._changed = asyncio.Event()

    @property
    def links(self) -> int:
        """How many connections there are."""
        return len(self._links)

    async def start(self) -> None:
        """Listen."""
        self._listening = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """Take no more connections and end those there are."""
        if self._listening is not None:
            self._listening.close()
        for link in list(self._links):
            link.cut()
        await asyncio.gather(*(link.over for link in self._links), return_exceptions=True)

    def set(self, mode: Mode) -> None:
        """Change how the network is, for the connections there are and all new ones."""
        self.mode = mode
        self._changed.set()
        self._changed = asyncio.Event()
        for link in list(self._links):
            link.change(mode)

    async def passes(self, size: int) -> None:
        """Return when a chunk of this size may go on its way."""
        if self.mode is Mode.DELAY:
            await asyncio.sleep(DELAY_SECONDS)
        elif self.mode is Mode.THROTTLE:
            await asyncio.sleep(size / THROTTLED_BYTES_A_SECOND)
        while self.mode in {Mode.BLACK_HOLE, Mode.HALF_OPEN, Mode.ORPHANED}:
            await self._changed.wait()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(self, (reader, writer))
        self._links.add(link)
        try:
            await link.carry()
        finally:
            self._links.discard(link)

    async def connect(self) -> Streams:
        """A connection to the server; raises OSError when it is away."""
        async with asyncio.timeout(CONNECT_SECONDS):
            if isinstance(self._server, str):
                return await asyncio.open_unix_connection(self._server)
            return await asyncio.open_connection(*self._server)


class Link:
    """One client's connection and the one to the server that belongs to it."""

    def __init__(self, proxy: Proxy, client: Streams) -> None:
        self._proxy = proxy
        self._client = client
        self._server: Streams | None = None
        self._stale = False
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def carry(self) -> None:
        """Carry bytes both ways until one side is done."""
        try:
            if self._proxy.mode is Mode.RESET:
                return
            await self._proxy.passes(0)
            self._server = await self._proxy.connect()
            await self._both_ways(self._server)
        except (OSError, TimeoutError):
            pass
        finally:
            self.cut()
            if not self.over.done():
                self.over.set_result(None)

    async def _both_ways(self, server: Streams) -> None:
        (client_reader, client_writer), (server_reader, server_writer) = self._client, server
        pumps = [
            asyncio.create_task(self._pump(client_reader, server_writer)),
            asyncio.create_task(self._pump(server_reader, client_writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(CHUNK):
                await self._proxy.passes(len(data))
                if self._stale:
                    return
                sink.write(data)
                await sink.drain()
        # A connection that ended while nothing passes has not ended for the other side yet.
        await self._proxy.passes(0)
        if self._stale and sink is self._client[1]:
            await self.over  # until the client says something, which nobody will hear

    def change(self, mode: Mode) -> None:
        """Do to this connection what a change of the network does at once."""
        if mode is Mode.RESET:
            self.cut()
        elif mode is Mode.HALF_OPEN and self._server is not None:
            self._stale = True
            abort(self._server[1])
        elif mode is Mode.ORPHANED:
            self._stale = True
            abort(self._client[1])

    def cut(self) -> None:
        """Reset both ends."""
        for _, writer in filter(None, (self._client, self._server)):
            abort(writer)


def abort(writer: asyncio.StreamWriter) -> None:
    """End a connection with a reset instead of an orderly close."""
    raw = writer.get_extra_info("socket")
    if raw is not None and raw.family == socket.AF_INET and raw.fileno() >= 0:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    writer.transport.abort()
