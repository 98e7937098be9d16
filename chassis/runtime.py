"""What a running service has: its database, its ways to the bus and its background loops."""

import asyncio
from dataclasses import dataclass, field
from typing import TypeVar

from chassis import metrics
from chassis.consumer import Listener
from chassis.database import Database
from chassis.loops import Loops
from chassis.rate import Rate
from chassis.relay import Relay
from chassis.settings import ServiceSettings
from chassis.subscriber import Subscriber
from chassis.ticker import Ticker

S = TypeVar("S", bound=ServiceSettings)

DRAIN_SECONDS = 12.0
MANY_RECORDS = 1_000
"""What a service hears in a part of a second."""


@dataclass
class Runtime:
    """One replica; endpoints find it as ``request.app.state.runtime``."""

    service: str
    settings: ServiceSettings
    revision: str | None = None
    """The newest migration this code knows."""
    listener: Listener | None = None
    relay: Relay | None = None
    subscriber: Subscriber | None = None
    ticker: Ticker | None = None
    handled: Rate = field(default_factory=lambda: Rate(metrics.INBOX_PROCESSED))
    loops: Loops = field(default_factory=lambda: Loops(()))
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process is asked to end: streams end themselves, readiness goes."""
    _database: Database | None = None

    @property
    def database(self) -> Database:
        """The service's database; it is an error to ask where there is none."""
        if self._database is None:
            raise LookupError("this service has no WARDLINE_DATABASE_URL")
        return self._database

    @property
    def has_database(self) -> bool:
        """Whether this service keeps anything."""
        return self._database is not None

    def keep(self, database: Database) -> None:
        """Give the service its database."""
        self._database = database

    def is_behind(self) -> bool:
        """Whether more than a moment's records wait to be heard here."""
        lags = self.subscriber.lags() if self.subscriber else ()
        return sum(lag.messages for lag in lags) > MANY_RECORDS

    def settings_as(self, kind: type[S]) -> S:
        """The settings as the service's own class of them."""
        if not isinstance(self.settings, kind):
            raise TypeError(f"settings are {type(self.settings).__name__}, not {kind.__name__}")
        return self.settings

    def start(self) -> None:
        """Start the background loops; nothing is waited for."""
        self.loops.start()

    def end(self) -> None:
        """Begin to stop: take no more work, and let streams and loops end themselves."""
        self.stopping.set()
        self.loops.cancel()

    async def stop(self) -> None:
        """Wait until what was under way has ended, and close the database."""
        self.end()
        await self.loops.ended(DRAIN_SECONDS)
        if self._database is not None:
            await self._database.close()
