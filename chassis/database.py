"""The service's own schema: a pool of connections, and transactions that tell what they did."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import asyncpg
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from chassis import clock
from chassis.failures import SERIALIZATION, sqlstate
from chassis.unit import Unit

T = TypeVar("T")

CONNECT_SECONDS: Final = 5
COMMAND_SECONDS: Final = 10
"""asyncpg waits for ever by default, and a frozen server never answers."""

TRIES: Final = 3
LIMITS: Final = {
    "statement_timeout": "10s",
    "lock_timeout": "3s",
    "transaction_timeout": "30s",
    "idle_in_transaction_session_timeout": "15s",
    "timezone": "UTC",
    "jit": "off",
}


class Database:
    """Where a service keeps what it knows; nobody but it commits."""

    def __init__(
        self,
        url: str,
        schema: str,
        *,
        public_url: str = "",
        pool_size: int = 10,
        pool_timeout: float = 3.0,
    ) -> None:
        """``url`` is ``postgresql+asyncpg://…`` for the role that only reads and writes rows."""
        self.schema = schema
        self._url = make_url(url)
        self._schemas_url = f"{public_url}/schemas"
        self.wakes: list[Callable[[], None]] = []
        """Called when a commit left something for the relay to tell."""
        self.engine = create_async_engine(
            self._url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=pool_timeout,
            pool_pre_ping=True,
            connect_args=self._connection(LIMITS),
            hide_parameters=True,  # what is bound are contents of reports
        )

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Unit]:
        """One transaction: commits at the end of the block, with the events it emitted."""
        session = AsyncSession(self.engine, expire_on_commit=False)
        async with session, session.begin():
            unit = Unit(session, clock.now(), self._schemas_url)
            yield unit
            await unit.flush()
        unit.committed()
        if unit.emitted:
            for wake in self.wakes:
                wake()

    @asynccontextmanager
    async def rehearsal(self) -> AsyncIterator[Unit]:
        """A unit like any other, of which nothing stays and nobody is told."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            unit = Unit(session, clock.now(), self._schemas_url)
            yield unit
            await unit.flush()
            await session.rollback()

    async def transact(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        """Run ``work`` in one transaction, again at once when it met another one head-on."""
        for _ in range(TRIES - 1):
            try:
                return await self._once(work)
            except DBAPIError as error:
                if sqlstate(error) not in SERIALIZATION:
                    raise
        return await self._once(work)

    async def ready(self) -> None:
        """Return when the database answers; raises what it raised when not."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def dedicated(self, **limits: str) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection of one's own, outside the pool; the caller closes it."""
        plain = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        return await asyncpg.connect(plain, **self._connection(LIMITS | limits))

    async def close(self) -> None:
        """Close every pooled connection."""
        await self.engine.dispose()

    async def _once(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        async with self.unit() as unit:
            return await work(unit)

    def _connection(self, limits: dict[str, str]) -> dict[str, Any]:
        settings = {"search_path": self.schema, "application_name": self.schema, **limits}
        waits = {"timeout": CONNECT_SECONDS, "command_timeout": COMMAND_SECONDS}
        return {"server_settings": settings, **waits}
