"""The service's own schema: a pool of connections, and transactions that tell what they did."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import asyncpg
from sqlalchemy import event, make_url, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from chassis import clock
from chassis.connection import Connection
from chassis.failures import SERIALIZATION, sqlstate
from chassis.together import Together, Work
from chassis.unit import Unit

T = TypeVar("T")
Q = TypeVar("Q")

CONNECT_SECONDS: Final = 5
COMMAND_SECONDS: Final = 10
"""asyncpg waits for ever by default, and a frozen server never answers.

Less than ``statement_timeout``: what takes too long ends with one error, wherever it waits.
"""

TRIES: Final = 3
LIMITS: Final = {
    "statement_timeout": "15s",
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
        """``url`` is ``postgresql+asyncpg://…`` for the role that only reads and writes rows.

        No more than ``pool_size`` units are at work at once; the others wait in the order in
        which they came, ``pool_timeout`` seconds at most.
        """
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
            connect_args=self._connection(LIMITS),
            hide_parameters=True,  # what is bound are contents of reports
        )
        event.listen(self.engine.sync_engine, "checkout", _refuse_ended)
        self._turns, self._patience = asyncio.Semaphore(pool_size), pool_timeout
        self._shared: dict[Work[Any, Any], Together[Any, Any]] = {}

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Unit]:
        """One transaction: commits at the end of the block, with the events it emitted."""
        async with self._session() as session, session.begin():
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
        async with self._session() as session:
            unit = Unit(session, clock.now(), self._schemas_url)
            yield unit
            await unit.flush()
            await session.rollback()

    async def transact(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        """Run ``work`` in one transaction.

        It runs again at once when it met another one head-on, or lost its connection on the way.
        """
        for _ in range(TRIES - 1):
            try:
                return await self._once(work)
            except DBAPIError as error:
                if not (sqlstate(error) in SERIALIZATION or _undone(error)):
                    raise
        return await self._once(work)

    async def together(self, work: Work[Q, T], asked: Q) -> T:
        """Do ``work`` for this and for what others ask of it meanwhile, in one transaction."""
        if work not in self._shared:
            self._shared[work] = Together(self.transact, work, self._patience)
        answer: T = await self._shared[work](asked)
        return answer

    async def ready(self) -> None:
        """Return when the database answers; raises what it raised when not."""
        async with self._session() as session:
            await session.execute(text("SELECT 1"))

    async def dedicated(self, **limits: str) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection of one's own, outside the pool; the caller closes it."""
        plain = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        return await asyncpg.connect(plain, **self._connection(LIMITS | limits))

    async def close(self) -> None:
        """Close every pooled connection."""
        await self.engine.dispose()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[AsyncSession]:
        # The pool's own queue lets newcomers pass those who wait: some would wait for ever.
        try:
            async with asyncio.timeout(self._patience):
                await self._turns.acquire()
        except TimeoutError as error:
            raise PoolExhausted(f"no connection was free for {self._patience} s") from error
        try:
            async with AsyncSession(self.engine, expire_on_commit=False) as session:
                yield session
        finally:
            self._turns.release()

    async def _once(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        async with self.unit() as unit:
            return await work(unit)

    def _connection(self, limits: dict[str, str]) -> dict[str, Any]:
        settings = {"search_path": self.schema, "application_name": self.schema, **limits}
        waits = {"timeout": CONNECT_SECONDS, "command_timeout": COMMAND_SECONDS}
        return {"server_settings": settings, "connection_class": Connection, **waits}


def _refuse_ended(connection: Any, *_: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapter
    """Let the pool replace a connection that the server has ended; asking the server costs more."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _undone(error: DBAPIError) -> bool:
    """Whether a connection was lost before the commit was asked for: only that has no statement.

    Such a connection comes from before a restart, and says so at the first statement.
    """
    return error.connection_invalidated and error.statement is not None
