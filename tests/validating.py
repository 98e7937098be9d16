"""The validation service that knows wards and templates, and people who ask it things."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from contracts.catalogue import TemplatePublished
from contracts.content import Content
from contracts.decisions import (
    ApprovalRevoked,
    Decision,
    ReportApproved,
    ReportPassedRules,
    ReportReturned,
    ReportWithdrawn,
    WithdrawalRefused,
)
from contracts.template import Template
from services.validation.app import SERVICE
from tests.builders import Report, template, ward
from tests.service.conftest import Serve
from tests.service.harness import ServiceUnderTest
from tests.unit import sound_bodies

DECISIONS: tuple[type[Decision], ...] = (
    ReportPassedRules,
    ReportReturned,
    ReportApproved,
    ApprovalRevoked,
    ReportWithdrawn,
    WithdrawalRefused,
)
WARD, OTHER_WARD = "26734", "26536"
REASON = {"code": "wrong-figures", "note": "Số liệu lệch với sổ theo dõi."}


def sound(code: str, **values: object) -> Content:
    """A report of a template that no rule objects to, with other values in it."""
    return sound_bodies.content(code, sound_bodies.body(code, values))


def automatic(code: str, version: int = 1) -> Template:
    """A template whose sound reports need no reviewer."""
    return template(code).model_copy(update={"review": "automatic", "version": version})


@dataclass
class Judge:
    """The service under test, asked by people of the department."""

    service: ServiceUnderTest

    @property
    def client(self) -> httpx.AsyncClient:
        """Speaks to its HTTP."""
        return self.service.client

    def person(self, role: str = "reviewer", name: str = "reviewer-1") -> dict[str, str]:
        """The header of someone with a role."""
        return self.service.token(role, subject=name)

    async def told(self) -> Sequence[Decision]:
        """Every decision so far, in the order of telling."""
        return await self.service.emitted(*DECISIONS)

    async def last(self) -> Decision:
        """The last decision told."""
        return (await self.told())[-1]

    async def kinds(self) -> list[str]:
        """The middle of each decision's type."""
        return [d.type.removeprefix("wardline.report.")[:-3] for d in await self.told()]

    async def decide(  # noqa: PLR0913 - who, what, on what
        self,
        action: str,
        report: Report,
        version: int,
        *,
        name: str = "reviewer-1",
        role: str = "reviewer",
        key: str | None = None,
        **said: object,
    ) -> httpx.Response:
        """Ask for a decision on a version."""
        headers = self.person(role, name) | ({"Idempotency-Key": key} if key else {})
        path = f"/v1/reviews/{id_of(report)}/{action}"
        return await self.client.post(path, json={"version": version, **said}, headers=headers)

    async def decided(
        self, action: str, report: Report, version: int, **said: object
    ) -> dict[str, Any]:
        """A decision that must go well; where the report stands then."""
        answer = await self.decide(action, report, version, **said)  # type: ignore[arg-type] # said
        assert answer.status_code == 200, answer.text
        standing: dict[str, Any] = answer.json()
        return standing

    async def review(self, report: Report, role: str = "reviewer") -> dict[str, Any]:
        """All about one report."""
        path = f"/v1/reviews/{id_of(report)}"
        answer = await self.client.get(path, headers=self.person(role))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def queue(self, **filters: object) -> list[dict[str, Any]]:
        """The items of the review queue."""
        params = {name: str(value) for name, value in filters.items()}
        answer = await self.client.get("/v1/reviews", params=params, headers=self.person())
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


def id_of(report: Report) -> UUID:
    """The report's id."""
    found: UUID = report.identity["report_id"]
    return found


async def opened(serve: Serve, *templates: Template) -> Judge:
    """The service, knowing two wards and these templates or else the seven."""
    service = await serve(SERVICE)
    known = templates or [
        template(code) for code in ("FIN", "IP", "HIT", "PIP", "EST", "INN", "DXT")
    ]
    await service.receives(
        ward(WARD), ward(OTHER_WARD, "Tân Thuận"), *(TemplatePublished(template=t) for t in known)
    )
    return Judge(service)
