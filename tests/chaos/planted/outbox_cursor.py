"""The relay follows the outbox with a cursor: it asks for ids above the last one that it saw."""

from collections.abc import Sequence
from random import Random

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import outbox
from chassis.bundles import Message
from chassis.outbox import Row, unpack
from chassis.window import MOST_ROWS, READ, Window
from tests.chaos.planted.starting import start

LONGEST_SECONDS = 0.4


def widen(_service: str) -> None:
    """A transaction takes a while from its ids to its commit, each another while."""
    write, random = outbox.write, Random(1)

    async def written_slowly(session: AsyncSession, rows: Sequence[Row]) -> None:
        await write(session, rows)
        seconds = {"seconds": random.uniform(0, LONGEST_SECONDS)}
        await session.execute(text("SELECT pg_sleep(:seconds)"), seconds)

    outbox.write = written_slowly


def plant(_service: str) -> None:
    """An id that is committed after a higher one was read is never read."""

    async def above(self: Window, most: int = MOST_ROWS) -> list[Message]:
        rows = await self._connection.fetch(READ, self._floor, most)
        self._floor = max([self._floor, *(row["id"] for row in rows)])
        return [Message(r["id"], r["topic"], r["key"], r["payload"], unpack(r[3])) for r in rows]

    Window.read = above  # type: ignore[method-assign] # meant


if __name__ == "__main__":
    start(plant, widen)
