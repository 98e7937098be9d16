"""HTTP as uvicorn speaks it, but nobody holds a connection by never ending a request's head.

How long a body may take is `chassis.edge`'s to say: it knows whether we or the caller dawdle.
"""

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS: Final = 10.0
"""From a connection, or from a later request's first byte, to the empty line after its headers."""


class Wire(HttpToolsProtocol):
    """One connection; it is closed when the head of a request is not there in time."""

    _due: asyncio.TimerHandle | None = None

    def connection_made(  # type: ignore[override] # as uvicorn's own
        self, transport: asyncio.Transport
    ) -> None:
        """Begin to wait for a first request."""
        super().connection_made(transport)
        self._expect()

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of a head."""
        super().on_message_begin()
        self._expect()

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._forget()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._forget()
        super().connection_lost(exc)

    def _expect(self) -> None:
        if self._due is None:
            self._due = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _forget(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
