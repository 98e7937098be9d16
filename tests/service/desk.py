"""The submission service with its whole catalogue, and a ward that reports to it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from contracts import decisions
from contracts.content import Content
from contracts.reports import ReportSubmitted
from services.submission.app import SERVICE
from services.submission.catalogue import files, load
from tests import builders
from tests.service.harness import ServiceUnderTest
from tests.unit import sound_bodies

WARD, OTHER = "26812", "26824"
DXT = "DXT/2025-10"


@dataclass
class Desk:
    """Calls the service as one officer of one ward, unless it is told otherwise."""

    service: ServiceUnderTest
    officer: dict[str, str]

    def as_(self, role: str, *wards: str) -> dict[str, str]:
        """The headers of somebody else."""
        return self.service.token(role, *wards)

    async def put(
        self, report: str = DXT, body: object = None, *, ward: str = WARD, **headers: str
    ) -> httpx.Response:
        """Send a report; without a body the sound one of its template."""
        body = sound_bodies.body(report.partition("/")[0]) if body is None else body
        return await self.service.client.put(
            f"/v1/reports/{ward}/{report}", json=body, headers=self._headers(headers)
        )

    async def put_raw(self, raw: bytes, report: str = DXT, **headers: str) -> httpx.Response:
        """Send bytes as they are."""
        kind = {"content_type": "application/json"}
        return await self.service.client.put(
            f"/v1/reports/{WARD}/{report}", content=raw, headers=self._headers(kind | headers)
        )

    async def get(self, path: str = f"/v1/reports/{WARD}/{DXT}", **headers: str) -> httpx.Response:
        """Read something."""
        return await self.service.client.get(path, headers=self._headers(headers))

    async def delete(self, report: str = DXT, **headers: str) -> httpx.Response:
        """Ask to take a report back."""
        return await self.service.client.delete(
            f"/v1/reports/{WARD}/{report}", headers=self._headers(headers)
        )

    async def submitted(self) -> list[ReportSubmitted]:
        """What was told of reports, in order."""
        return await self.service.emitted(ReportSubmitted)

    async def decided(self, *events: decisions.Decision) -> None:
        """Let validation's decisions arrive, all in one batch."""
        await self.service.receives(*events)

    def _headers(self, given: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in given.items()}
        return self.officer | named


async def opened(serve: Callable[..., Awaitable[ServiceUnderTest]], **settings: object) -> Desk:
    """The service on a database of its own, with the shipped catalogue."""
    service = await serve(SERVICE, jobs=False, **settings)
    await service.database.transact(lambda unit: load.apply(unit, files.read()))
    return Desk(service, service.token("ward_officer", WARD, subject="officer-1"))


def changed(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - values of a report
    """The sound DXT report with other values."""
    return sound_bodies.body("DXT", values)


def content(body: dict[str, Any] | None = None, template: str = "DXT") -> Content:
    """A body as it is kept."""
    return sound_bodies.content(template, body or sound_bodies.body(template))


def report(period: str = "2025-10", template: str = "DXT") -> builders.Report:
    """The ward's report as validation sees it, to build decisions with."""
    return builders.Report(WARD, template, period)
