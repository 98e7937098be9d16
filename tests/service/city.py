"""The aggregation service with the wards of the city and its seven templates."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
from sqlalchemy import text

from contracts.catalogue import TemplatePublished
from contracts.event import Event
from contracts.figures import CityFiguresChanged, Figure
from services.aggregation.app import SERVICE
from services.aggregation.figures.handlers import announce
from services.submission.catalogue import files
from tests.service.harness import ServiceUnderTest

A, B, C = "26536", "26542", "26545"
"""Three of the wards: two phường, one xã."""


@dataclass
class City:
    """Calls the service as a leader of the department, unless it is told otherwise."""

    service: ServiceUnderTest

    async def hears(self, *events: Event) -> None:
        """Let the service hear events in one batch."""
        await self.service.receives(*events)

    async def figures(self, *events: Event) -> CityFiguresChanged:
        """What is announced last, once these events were heard."""
        if events:
            await self.hears(*events)
        return (await self.announced())[-1]

    async def announced(self) -> list[CityFiguresChanged]:
        """Everything announced so far, what is due now included."""
        await self.service.database.transact(announce)
        return await self.service.emitted(CityFiguresChanged)

    async def dead_letters(self) -> list[str]:
        """Why records were set aside, in order."""
        async with self.service.database.unit() as unit:
            causes = await unit.session.scalars(
                text("SELECT cause FROM dead_letter ORDER BY cause")
            )
            return list(causes)

    async def get(
        self, path: str, *wards: str, role: str = "department_leader", **headers: str
    ) -> httpx.Response:
        """Read something below ``/v1``; keyword arguments are further headers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.service.client.get(
            f"/v1/{path}", headers=self.service.token(role, *wards) | named
        )


def figure(told: CityFiguresChanged, code: str, **breakdown: str) -> Figure:
    """One of the figures announced."""
    [one] = [f for f in told.figures if (f.code, f.breakdown) == (code, breakdown)]
    return one


def value(told: CityFiguresChanged, code: str, **breakdown: str) -> str | None:
    """What is announced of one figure, digit by digit."""
    exact = figure(told, code, **breakdown).value
    return None if exact is None else str(exact)


def behind(told: CityFiguresChanged, code: str, **breakdown: str) -> tuple[int, int, int]:
    """How many wards stand behind a figure, say nothing on it, and are expected."""
    coverage = figure(told, code, **breakdown).coverage
    return coverage.counted, coverage.null, coverage.expected


async def opened(serve: Callable[..., Awaitable[ServiceUnderTest]]) -> City:
    """The service, which has heard the catalogue."""
    city = City(await serve(SERVICE))
    catalogue = files.read()
    await city.hears(
        *catalogue.wards,
        *(TemplatePublished(template=template) for template in catalogue.templates),
    )
    return city
