"""The whole line for one measurement: four services as shipped on a fresh database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.benchmarks import city
from tests.benchmarks.meter import Meter
from tests.benchmarks.served import Shipped
from tests.benchmarks.stand import PLAIN, SERVICES, Stand, start, stop
from tests.benchmarks.waiting import until

SENT = "SELECT count(*) FROM submission.report_version"
UNTOLD = " + ".join(f"(SELECT count(*) FROM {service}.outbox)" for service in SERVICES)
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

    async def at_rest(self, reports: int, seconds: float) -> None:
        """Wait until so many reports are approved, counted, shown and told, and nothing waits."""
        connection = await self.stand.connect(self.database)

        async def rests() -> bool:
            if await connection.fetchval(f"SELECT {UNTOLD}"):
                return False
            counts = [await connection.fetchval(query) for query in (SHOWN, COUNTED, NOTICED)]
            return bool(min(counts) >= reports)

        try:
            await until(rests, seconds, turn=0.25)
        finally:
            await connection.close()


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
