"""One service on a real PostgreSQL, without Kafka: events in, HTTP in, events out."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar
from uuid import UUID

import httpx
from sqlalchemy import text
from uuid6 import uuid7

from chassis import clock, logging, service
from chassis.database import Database
from chassis.records import Record
from chassis.runtime import Runtime
from chassis.service import Service
from chassis.settings import ServiceSettings
from contracts import envelope
from contracts.event import Event
from deploy.local.issuer import AUDIENCE, ISSUER, Issuer
from tests.conftest import TestDatabase

E = TypeVar("E", bound=Event)

_offsets = count()


def record(event: Event, *, event_id: UUID | None = None, partition: int = 0) -> Record:
    """An event as it comes from Kafka; each at an offset of its own."""
    now = clock.now()
    sealed = envelope.Envelope(
        id=event_id or UUID(int=uuid7().int), source=event.source, type=event.type, time=now
    )
    headers = envelope.headers(event, sealed, "http://test/schemas")
    return Record(
        event.topic,
        partition,
        next(_offsets),
        int(now.timestamp() * 1000),
        event.key.encode(),
        event.model_dump_json().encode(),
        tuple(headers),
    )


async def emitted(database: Database, *types: type[E]) -> list[E]:
    """The events of these types that wait in the outbox, in the order of telling."""
    by_type = {kind.type: kind for kind in types}
    async with database.unit() as unit:
        rows = await unit.session.execute(
            text("""
                SELECT header ->> 1 AS type, payload
                FROM outbox, jsonb_array_elements(headers) AS header
                WHERE header ->> 0 = 'ce_type' ORDER BY id
            """)
        )
        return [by_type[t].model_validate_json(data) for t, data in rows if t in by_type]


@dataclass
class ServiceUnderTest:
    """A running service; ``database`` is its own, ``client`` speaks to its HTTP."""

    service: Service
    runtime: Runtime
    client: httpx.AsyncClient
    issuer: Issuer
    _sent: list[Record] = field(default_factory=list)

    @property
    def database(self) -> Database:
        """The service's database, with its process's role."""
        return self.runtime.database

    async def receives(self, *events: Event) -> None:
        """Let the service hear events, all in one batch."""
        await self.receives_records(*(record(event) for event in events))

    async def receives_records(self, *records: Record) -> None:
        """Let the service hear records as they are."""
        assert self.service.listener is not None
        self._sent += records
        await self.service.listener.process(records, self.database)

    async def receives_again(self) -> None:
        """Bring everything a second time, as Kafka may."""
        await self.receives_records(*self._sent)

    async def emitted(self, *types: type[E]) -> list[E]:
        """The events of these types that the service told, in order."""
        return await emitted(self.database, *types)

    async def does(self, job: str) -> None:
        """Run one of the service's periodic jobs now; here none runs by itself."""
        [run] = [known.run for known in self.service.jobs if known.name == job]
        await self.database.transact(run)

    def token(
        self, role: str, *wards: str, subject: str | None = None, also: Iterable[str] = ()
    ) -> dict[str, str]:
        """Headers that say who is calling."""
        signed = self.issuer.sign(role, wards, subject, also=also)
        return {"Authorization": f"Bearer {signed}"}


@asynccontextmanager
async def running(
    described: Service, database: TestDatabase, issuer: Issuer, **settings: object
) -> AsyncIterator[ServiceUnderTest]:
    """The service for the length of the block, on its own database and without a bus."""
    chosen: ServiceSettings = described.settings.model_validate(
        {
            "database_url": database.url(described.name),
            "owner_url": database.owner_url(described.name),
            "jwt_issuer": ISSUER,
            "jwt_audience": AUDIENCE,
            "jwks": str(issuer.jwks),
            "jobs": False,
            **settings,
        }
    )
    logging.configure(described.name, "console", "warning")
    app = service.create_app(described, chosen)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield ServiceUnderTest(described, app.state.runtime, client, issuer)
