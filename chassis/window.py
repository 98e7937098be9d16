"""The part of the outbox that a leading relay looks at, in the order of ids.

Deleted rows stay in the way for as long as any transaction in the cluster is older than they are.
So a read starts at a floor below which nothing is left to tell and no row can appear any more.
"""

from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, Final

from chassis import clock, metrics
from chassis.bundles import Message
from chassis.outbox import unpack

if TYPE_CHECKING:
    import asyncpg

MOST_ROWS: Final = 1_000
FLOOR_SECONDS: Final = 0.5
WHOLE_SECONDS: Final = 5.0
"""Rows below the floor can only be refused ones that were released; they are found this often."""

READ: Final = """
SELECT id, topic, key, headers::text, payload FROM outbox AS row
WHERE id > $1 AND refused IS NULL AND NOT EXISTS (
    SELECT FROM outbox AS earlier
    WHERE earlier.refused IS NOT NULL AND earlier.topic = row.topic AND earlier.key = row.key
      AND earlier.id < row.id)
ORDER BY id LIMIT $2
"""
SURVEY: Final = """
SELECT count(*) FILTER (WHERE refused IS NULL) AS pending, count(refused) AS refused,
       min(created_at) FILTER (WHERE refused IS NULL) AS oldest
FROM outbox
"""
LAST_ID: Final = "SELECT coalesce(pg_sequence_last_value('outbox_id_seq'), 0)"
NUMBER: Final = "SELECT pg_current_xact_id()::text::bigint"
ENDED: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint > $1"
FIRST: Final = "SELECT min(id) FROM outbox WHERE id > $1 AND id <= $2 AND refused IS NULL"


class Window:
    """Reads and empties the outbox over the connection that holds the relay's lock."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """The connection commits each statement by itself."""
        self._connection = connection
        self._floor = 0
        self._mark: tuple[int, int] | None = None
        self._removed = False
        self._floor_due = self._whole_due = 0.0

    async def read(self, most: int = MOST_ROWS) -> list[Message]:
        """The next rows to tell; a row behind a refused one of its key is none of them."""
        start = self._floor
        if monotonic() >= self._whole_due:
            self._whole_due = monotonic() + WHOLE_SECONDS
            await self._survey()
            start = 0
        elif monotonic() >= self._floor_due and (self._removed or self._mark):
            self._floor_due = monotonic() + FLOOR_SECONDS
            await self._raise_floor()
        rows = await self._connection.fetch(READ, start, most)
        return [Message(r["id"], r["topic"], r["key"], r["payload"], unpack(r[3])) for r in rows]

    async def remove(self, ids: Sequence[int]) -> None:
        """Delete what the broker acknowledged."""
        if ids:
            await self._connection.execute("DELETE FROM outbox WHERE id = ANY($1)", ids)
            self._removed = True

    async def set_aside(self, number: int, reason: str) -> None:
        """Mark a row that the broker refuses for good; it stays until an operator releases it."""
        query = "UPDATE outbox SET refused = $2 WHERE id = $1"
        await self._connection.execute(query, number, reason)

    async def _raise_floor(self) -> None:
        """Raise it to the last id that was given out once all who hold one up to it have ended.

        The id is read before the transaction number, and a writer has its number before its ids:
        so whoever holds such an id has a smaller number.
        """
        if self._mark is None:
            last = await self._connection.fetchval(LAST_ID)
            self._mark = (last, await self._connection.fetchval(NUMBER))
            self._removed = False
        elif await self._connection.fetchval(ENDED, self._mark[1]):
            last, self._mark = self._mark[0], None
            first = await self._connection.fetchval(FIRST, self._floor, last)
            self._floor = last if first is None else first - 1

    async def _survey(self) -> None:
        found = await self._connection.fetchrow(SURVEY)
        if found is not None:
            age = (clock.now() - found["oldest"]).total_seconds() if found["oldest"] else 0.0
            metrics.OUTBOX_PENDING.set(found["pending"])
            metrics.OUTBOX_OLDEST_AGE.set(age)
            metrics.OUTBOX_REFUSED.set(found["refused"])
