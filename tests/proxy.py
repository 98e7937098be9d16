"""A TCP proxy before PostgreSQL that can fall silent: nothing passes, and nobody is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import URL, make_url

CHUNK = 65_536


class Proxy:
    """Passes bytes to one server; frozen, it keeps connections open and everything in them."""

    def __init__(self, server: str) -> None:
        """``server`` is the SQLAlchemy address of a database."""
        self._server = make_url(server)
        self._flows = asyncio.Event()
        self._flows.set()
        self._pumps: set[asyncio.Task[None]] = set()
        self.url = ""

    def freeze(self) -> None:
        """Hold back whatever comes from now on."""
        self._flows.clear()

    def thaw(self) -> None:
        """Let everything pass again, what was held back first."""
        self._flows.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen for the length of the block; ``url`` is the database's address through it."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        through = self._server.set(host="127.0.0.1", port=port, query={})
        self.url = through.render_as_string(hide_password=False)
        try:
            yield
        finally:
            server.close()
            for pump in self._pumps:
                pump.cancel()
            await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await connect(self._server)
        for source, sink in ((reader, server_writer), (server_reader, writer)):
            pump = asyncio.create_task(self._pump(source, sink))
            self._pumps.add(pump)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(CHUNK):
                await self._flows.wait()
                sink.write(data)
                await sink.drain()
        finally:
            sink.transport.abort()
            with suppress(OSError):
                await sink.wait_closed()


async def connect(server: URL) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the server, by its socket's directory or by host and port."""
    directory = server.query.get("host")
    if isinstance(directory, str):
        return await asyncio.open_unix_connection(f"{directory}/.s.PGSQL.5432")
    return await asyncio.open_connection(server.host, server.port or 5432)
