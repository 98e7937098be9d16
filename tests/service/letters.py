"""A service with dead letters, and an operator who handles them over HTTP."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import httpx
from sqlalchemy import text

from chassis.consumer import Listener
from chassis.failures import Unprocessable
from chassis.records import Record
from chassis.service import Service
from chassis.unit import Received, Unit
from contracts.catalogue import WardDefined
from contracts.template import Text
from services.validation.app import SERVICE
from tests.builders import ward
from tests.service.harness import ServiceUnderTest, record

REASONS = MappingProxyType({"not-yet": Text(vi="Chưa được.", en="Not yet.")})


@dataclass
class Ledger:
    """A handler that keeps wards, or refuses all of them, or fails, until it is mended."""

    broken: str = ""

    async def keep(self, events: Sequence[Received[WardDefined]], unit: Unit) -> None:
        """Keep wards; their version says how often an event of theirs was applied."""
        if self.broken == "refuses":
            raise Unprocessable(events[0], "not-yet")
        if self.broken:
            raise ZeroDivisionError(self.broken)
        await unit.session.execute(
            text("""
                INSERT INTO ward (code, version, sort_key, entry)
                SELECT code, 1, 'once', '{}'
                FROM unnest(CAST(:codes AS text[])) AS code ORDER BY code
                ON CONFLICT (code) DO UPDATE SET version = ward.version + 1
            """),
            {"codes": [received.event.code for received in events]},
        )


@dataclass
class Office:
    """The service, its handler, and the operator's way to it."""

    service: ServiceUnderTest
    ledger: Ledger

    async def get(self, path: str, **query: object) -> httpx.Response:
        """Read something of dead letters."""
        params = {name: str(value) for name, value in query.items()}
        headers = self.service.token("operator", subject="operator-1")
        return await self.service.client.get(
            f"/v1/dead-letters{path}", params=params, headers=headers
        )

    async def post(self, path: str, body: object) -> httpx.Response:
        """Do something with dead letters."""
        headers = self.service.token("operator", subject="operator-1")
        return await self.service.client.post(f"/v1/dead-letters{path}", json=body, headers=headers)

    async def listed(self, **query: object) -> list[dict[str, Any]]:
        """The first page of letters."""
        answer = await self.get("", **query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def replayed(self, **body: object) -> dict[str, Any]:
        """What a replay answers; for real unless it says otherwise."""
        answer = await self.post(":replay", {"dry_run": False, **body})
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    async def applied(self) -> dict[str, int]:
        """The wards that were kept, and how often each."""
        return dict(await self.rows("SELECT code, version FROM ward"))

    async def acts(self) -> list[Any]:
        """What the audit says, in order."""
        return await self.rows(
            "SELECT who, action, object, CAST(details AS text) AS details FROM audit ORDER BY id"
        )

    async def rows(self, query: str) -> list[Any]:
        """What the database says."""
        async with self.service.database.unit() as unit:
            return list(await unit.session.execute(text(query)))

    async def breaks(self, *records: Record, how: str = "refuses") -> None:
        """Let records come while the handler is broken."""
        self.ledger.broken = how
        await self.service.receives_records(*records)
        self.ledger.broken = ""


def wards(count: int) -> list[Record]:
    """Records of as many wards."""
    return [record(ward(f"{20_000 + number}")) for number in range(count)]


async def opened(serve: Callable[..., Awaitable[ServiceUnderTest]]) -> Office:
    """The validation service, with another listener in the place of its own."""
    ledger = Ledger()
    listener = Listener("validation", REASONS)
    listener.on(WardDefined)(ledger.keep)
    service: Service = replace(SERVICE, listener=listener)
    return Office(await serve(service), ledger)
