"""A connection that hangs up on a commit rather than let the server cut its waiting short.

A commit that waits for a synchronous standby is done already, here alone. A request to cancel it
ends the wait, not the commit: everybody would see, and be told, what no archive has. Nobody sees
what still waits, and it waits on without us until the standby is back.
"""

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    Driver = asyncpg.Connection[asyncpg.Record]
else:
    Driver = asyncpg.Connection  # takes no type at run time


class Connection(Driver):
    """The driver's; its timeouts and cancelled tasks cancel every command but a commit."""

    _commits = False

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ANN401, ASYNC109 - asyncpg's
        """Run commands; the driver begins and ends transactions by this alone."""
        self._commits = query.startswith("COMMIT")
        return await super().execute(query, *args, timeout=timeout)

    def _cancel_current_command(self, waiter: "asyncio.Future[None]", *other: Any) -> None:  # noqa: ANN401 - asyncpg's
        if not self._commits:
            super()._cancel_current_command(waiter, *other)  # type: ignore[misc]  # its own
            return
        waiter.set_result(None)
        asyncio.get_running_loop().call_soon(self.terminate)  # the protocol is in its timeout
