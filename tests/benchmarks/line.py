"""The whole line for one measurement: four services as shipped on a fresh database."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from uuid6 import uuid7

from tests.benchmarks import city
from tests.benchmarks.meter import Meter
from tests.benchmarks.served import Shipped, stopwatch
from tests.benchmarks.stand import PLAIN, SERVICES, Stand, start, stop
from tests.benchmarks.waiting import until

UNTOLD = " OR ".join(f"EXISTS (SELECT FROM {service}.outbox)" for service in SERVICES)
HEARD = "SELECT count(*) FROM validation.inbox WHERE event_id >= $1"
SHOWN = "SELECT count(*) FROM submission.report_status WHERE state = 'approved'"
COUNTED = "SELECT count(*) FROM aggregation.fact WHERE counted_version IS NOT NULL"
NOTICED = "SELECT count(*) FROM notification.notice WHERE kind = 'approved'"


@dataclass(frozen=True)
class Line:
    """Four running services."""

    stand: Stand
    database: str
    services: dict[str, Shipped]

    @property
    def meter(self) -> Meter:
        """Looks at all six processes."""
        own = {name: service.process.pid for name, service in self.services.items()}
        return Meter({**self.stand.servers(), **own})

    def port(self, service: str) -> int:
        """Where a service listens."""
        return int(self.services[service].url.rpartition(":")[2])

    def token(self, role: str) -> str:
        """A bearer token of somebody who may act for every ward."""
        return self.stand.issuer.sign(role, [ward.code for ward in city.wards()])

    def officers(self) -> dict[str, str]:
        """The token of each ward's officer, by the ward's code."""
        sign = self.stand.issuer.sign
        return {ward.code: sign("ward_officer", [ward.code]) for ward in city.wards()}

    async def counts(self) -> list[int]:
        """How many reports are shown as approved, counted in figures, and told of."""
        return [await self.asked(query) for query in (SHOWN, COUNTED, NOTICED)]

    async def asked(self, query: str, *known: object) -> int:
        """A number that the database knows."""
        connection = await self.stand.connect(self.database)
        try:
            return int(await connection.fetchval(query, *known))
        finally:
            await connection.close()

    async def mark(self, reports: int) -> "Mark":
        """Where the line is now, for waiting until so many more reports went all the way."""
        wanted = [count + reports for count in await self.counts()]
        return Mark(UUID(int=uuid7().int), reports, wanted)

    async def at_rest(self, mark: "Mark", seconds: float) -> float:
        """When nothing waited any more and all was there; waits until then.

        What is dear to count in a full database is only counted when the rest is there.
        """
        looked = 0.0

        async def rests() -> bool:
            nonlocal looked
            looked = stopwatch()
            if await self.asked(HEARD, mark.first) < mark.reports:
                return False
            if await self.asked(f"SELECT CAST({UNTOLD} AS integer)"):
                return False
            counts = await self.counts()
            return all(have >= want for have, want in zip(counts, mark.wanted, strict=True))

        await until(rests, seconds, turn=0.15)
        return looked


@dataclass(frozen=True)
class Mark:
    """An id before all events of so many reports, and the counts once these are there."""

    first: UUID
    reports: int
    wanted: Sequence[int]


@asynccontextmanager
async def running(
    stand: Stand, *names: str, source: str = PLAIN, database: str = ""
) -> AsyncIterator[Line]:
    """The services named, or all, on a fresh copy of a database, for the length of the block."""
    place = database or await stand.fresh(source)
    services = {name: stand.service(name, place) for name in names or SERVICES}
    try:
        start(services.values())
        yield Line(stand, place, services)
    finally:
        stop(services.values())
        if not database:
            await stand.drop(place)
