"""All four services on databases of their own; what one tells is carried to those who listen."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import CursorResult, text

from chassis.outbox import unpack
from chassis.records import Record
from contracts import reports
from services.aggregation.app import SERVICE as AGGREGATION
from services.notification.app import SERVICE as NOTIFICATION
from services.submission.app import SERVICE as SUBMISSION
from services.submission.catalogue import files, load
from services.validation.app import SERVICE as VALIDATION
from tests.service import desk
from tests.service.conftest import Serve
from tests.service.harness import ServiceUnderTest

FOUR = (SUBMISSION, VALIDATION, AGGREGATION, NOTIFICATION)
WARD, OTHER = desk.WARD, desk.OTHER
DXT = "DXT/2025-10"
REASON = {"code": "wrong-figures", "note": "Xem lại số liệu."}


async def taken(service: ServiceUnderTest) -> list[Record]:
    """What a service has to tell, as records in order; it is gone from the outbox."""
    async with service.database.unit() as unit:
        rows = await unit.session.execute(
            text("""
                WITH told AS (DELETE FROM outbox RETURNING *)
                SELECT id, topic, key, CAST(headers AS text), payload FROM told ORDER BY id
            """)
        )
        return [
            Record(topic, 0, number, 0, key, payload, tuple(unpack(headers)))
            for number, topic, key, headers, payload in rows
        ]


async def rows(service: ServiceUnderTest, statement: str) -> list[tuple[Any, ...]]:
    """What a statement finds in a service's database."""
    async with service.database.unit() as unit:
        found = await unit.session.execute(text(statement))
        has_rows = isinstance(found, CursorResult) and found.returns_rows
        return [tuple(row) for row in found] if has_rows else []


async def everything(service: ServiceUnderTest, *, but: tuple[str, ...] = ()) -> dict[str, Any]:
    """Every row of every table, but for how the service works; ``but`` leaves out more."""
    left_out = ("job", "outbox", "audit", "audit_unsealed", "audit_seal", "republication", *but)
    tables = await rows(
        service,
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1",
    )
    return {
        name: await rows(service, f"SELECT CAST(t AS text) FROM {name} AS t ORDER BY 1")
        for (name,) in tables
        if name not in left_out
    }


@dataclass
class Line:
    """The four by name, and the log of everything that was told."""

    services: dict[str, ServiceUnderTest]
    log: list[Record] = field(default_factory=list)

    def __getitem__(self, name: str) -> ServiceUnderTest:
        return self.services[name]

    async def settle(self) -> None:
        """Carry what is told until nobody says anything more."""
        while True:
            await self["aggregation"].does("announce-figures")
            told = [record for each in self.services.values() for record in await taken(each)]
            if not told:
                return
            self.log += told
            await self.carry(told)

    async def carry(self, told: list[Record]) -> None:
        """Let each service hear what is on its topics."""
        for service in self.services.values():
            await hear(service, told)

    async def put(self, body: object, report: str = DXT, ward: str = WARD) -> None:
        """A ward sends a report."""
        headers = self["submission"].token("ward_officer", ward, subject=f"officer-{ward}")
        await _well(self["submission"], "PUT", f"/v1/reports/{ward}/{report}", headers, body)

    async def ask_back(self, report: str = DXT, ward: str = WARD) -> None:
        """A ward asks to take a report back."""
        headers = self["submission"].token("ward_officer", ward, subject=f"officer-{ward}")
        await _well(self["submission"], "DELETE", f"/v1/reports/{ward}/{report}", headers)
        await self.settle()

    async def decide(
        self, action: str, version: int, report: str = DXT, ward: str = WARD, **said: object
    ) -> None:
        """A reviewer decides, once everything was heard."""
        await self.settle()
        report_id = reports.report_id(ward, *report.split("/"))
        headers = self["validation"].token("reviewer", subject="reviewer-1")
        path = f"/v1/reviews/{report_id}/{action}"
        await _well(self["validation"], "POST", path, headers, {"version": version, **said})
        await self.settle()


async def hear(service: ServiceUnderTest, told: list[Record]) -> None:
    """Let one service hear what is on its topics."""
    assert service.service.listener is not None
    mine = [record for record in told if record.topic in service.service.listener.topics]
    if mine:
        await service.receives_records(*mine)


async def _well(
    service: ServiceUnderTest, method: str, path: str, headers: dict[str, str], body: object = None
) -> httpx.Response:
    answer = await service.client.request(method, path, headers=headers, json=body)
    assert answer.is_success, answer.text
    return answer


async def opened(serve: Serve) -> Line:
    """The line with its catalogue, and reports that were through everything there is."""
    line = Line({each.name: await serve(each) for each in FOUR})
    await line["submission"].database.transact(lambda unit: load.apply(unit, files.read()))
    await line.settle()
    return line


async def lived(line: Line) -> None:
    """A history: approved, corrected, returned, revoked, withdrawn, refused, asked back."""
    comments = [{"pointer": "/values/dxt01", "text": "Lệch 10"}]
    for period in ("2025-08", "2025-09", "2025-10", "2025-11"):
        await line.put(desk.changed(), f"DXT/{period}")
        await line.put(desk.changed(), f"DXT/{period}", OTHER)
        await line.decide("approve", 1, f"DXT/{period}")
    await line.put(desk.changed(dxt01=7), "DXT/2025-08")
    await line.decide("revoke", 1, "DXT/2025-09", **REASON)
    await line.ask_back("DXT/2025-10")
    await line.decide("refuse-withdrawal", 1, "DXT/2025-10", note="Giữ nguyên")
    await line.put(desk.changed(dxt11=61_000), "DXT/2025-10")
    await line.decide("approve", 2, "DXT/2025-10", note="Được")
    await line.ask_back("DXT/2025-11")
    await line.decide("return", 1, "DXT/2025-08", OTHER, **REASON, comments=comments)
    await line.ask_back("DXT/2025-09", OTHER)
    await line.settle()
