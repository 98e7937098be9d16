"""A plain HTTP client for load: one connection, one request at a time, as little CPU as can be."""

import asyncio
from typing import Self


class Connection:
    """A kept-alive HTTP/1.1 connection to a service of the stack."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str
    ) -> None:
        """Made by `open`."""
        self._reader, self._writer = reader, writer
        self.token = token
        """Whose requests these are; may change from one to the next."""

    @classmethod
    async def open(cls, port: int, token: str) -> Self:
        """Connect to a service."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        return cls(reader, writer, token)

    async def ask(
        self, method: str, path: str, body: bytes = b"", kind: str = "application/json"
    ) -> tuple[int, bytes]:
        """Status and body of the answer."""
        about = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        self._writer.write(f"{method} {path} HTTP/1.1\r\n{self._head()}{about}\r\n".encode() + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        return int(head[9:12]), await self._body(head.lower())

    async def stream(self, path: str) -> asyncio.StreamReader:
        """Ask for a stream of events, to be read as it comes."""
        about = "Accept: text/event-stream\r\n"
        self._writer.write(f"GET {path} HTTP/1.1\r\n{self._head()}{about}\r\n".encode())
        head = await self._reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise ConnectionError(head.decode())
        return self._reader

    def close(self) -> None:
        """Let go."""
        self._writer.close()

    def _head(self) -> str:
        return f"Host: localhost\r\nAuthorization: Bearer {self.token}\r\n"

    async def _body(self, head: bytes) -> bytes:
        if b"content-length:" in head:
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            return await self._reader.readexactly(length)
        body = b""
        while size := int(await self._reader.readline(), 16):
            body += await self._reader.readexactly(size)
            await self._reader.readexactly(2)
        await self._reader.readexactly(2)
        return body
