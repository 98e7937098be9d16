"""The whole line as people see it: over HTTP, with tokens; and waiting until it has settled."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

from contracts.registry import READERS
from contracts.reports import report_id
from tests import bus
from tests.system.broker import Broker
from tests.system.processes import Processes
from tests.unit import sound_bodies

Json = dict[str, Any]
PATIENCE_SECONDS = 30.0
TOLD_IN_ORDER = ("submission", "validation", "aggregation")
"""Who tells something that others go on from, the first of the line first."""
REASON = {"code": "wrong-figures", "note": "Số liệu lệch với sổ theo dõi của đơn vị."}


@dataclass
class Line:
    """Asks the four services; a report is named ``ward/template/period``."""

    processes: Processes
    broker: Broker
    http: httpx.AsyncClient

    def token(
        self,
        role: str,
        *wards: str,
        subject: str | None = None,
        **claims: Any,  # noqa: ANN401
    ) -> str:
        """A bearer token; ``claims`` are those of the issuer's ``sign``."""
        return self.processes.issuer.sign(role, wards, subject, **claims)

    async def ask(
        self,
        who: str,
        method: str,
        service: str,
        path: str,
        **request: Any,  # noqa: ANN401
    ) -> httpx.Response:
        """One request; ``who`` is a token, ``request`` what httpx takes."""
        url = self.processes.layout.service_url(service) + path
        headers = {"Authorization": f"Bearer {who}", **request.pop("headers", {})}
        return await self.http.request(method, url, headers=headers, **request)

    async def read(self, who: str, service: str, path: str, **params: str) -> Any:  # noqa: ANN401
        """What a path says, which it must."""
        answer = await self.ask(who, "GET", service, path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def put(self, report: str, body: Json | None = None) -> httpx.Response:
        """Send a report as its ward's officer; without a body the sound one of its template."""
        ward, template, _ = report.split("/")
        body = sound_bodies.body(template) if body is None else body
        officer = self.token("ward_officer", ward)
        return await self.ask(officer, "PUT", "submission", f"/v1/reports/{report}", json=body)

    async def sent(self, report: str, body: Json | None = None) -> int:
        """Send something new; its version."""
        answer = await self.put(report, body)
        assert answer.status_code == 202, answer.text
        return int(answer.json()["version"])

    async def withdraw(self, report: str) -> None:
        """Ask for a report back, as its ward's officer."""
        officer = self.token("ward_officer", report.partition("/")[0])
        answer = await self.ask(officer, "DELETE", "submission", f"/v1/reports/{report}")
        assert answer.status_code == 202, answer.text

    async def decide(
        self, action: str, report: str, version: int, **said: object
    ) -> httpx.Response:
        """Decide on a version, as a reviewer."""
        path = f"/v1/reviews/{report_id(*report.split('/'))}/{action}"
        body = {"version": version, **said}
        return await self.ask(self.token("reviewer"), "POST", "validation", path, json=body)

    async def decided(self, action: str, report: str, version: int, **said: object) -> None:
        """A decision that must go well."""
        answer = await self.decide(action, report, version, **said)
        assert answer.status_code == 200, answer.text

    async def approved(self, report: str, body: Json | None = None) -> int:
        """Send something new and approve it, once it is in review; its version."""
        version = await self.sent(report, body)
        await self.reaches(report, "in-review", version)
        await self.decided("approve", report, version)
        return version

    async def status(self, report: str) -> Json:
        """What the ward sees of its report."""
        officer = self.token("ward_officer", report.partition("/")[0])
        found: Json = await self.read(officer, "submission", f"/v1/reports/{report}")
        return found

    async def reaches(self, report: str, state: str, version: int) -> Json:
        """What the ward sees once its latest version is there."""

        async def is_there() -> bool:
            latest = (await self.status(report))["latest"]
            return bool((latest["state"], latest["version"]) == (state, version))

        await self.until(is_there)
        return await self.status(report)

    async def review(self, report: str) -> Json:
        """All that a reviewer sees of a report."""
        path = f"/v1/reviews/{report_id(*report.split('/'))}"
        found: Json = await self.read(self.token("reviewer"), "validation", path)
        return found

    async def figures(self, template: str, period: str) -> "Sheet":
        """The city's figures now."""
        leader = self.token("department_leader")
        path = f"/v1/figures/{template}/{period}"
        return Sheet(await self.read(leader, "aggregation", path))

    async def inbox(self, ward: str, **filters: str) -> list[Json]:
        """What a ward was told, the newest first."""
        officer = self.token("ward_officer", ward)
        inbox = await self.read(officer, "notification", "/v1/inbox", **filters)
        items: list[Json] = inbox["items"]
        return items

    async def told(self, report: str) -> list[str]:
        """The kinds of what a ward was told about a report, the first first."""
        ward, template, period = report.split("/")
        notices = await self.inbox(ward, template=template, period=period)
        return [notice["kind"] for notice in reversed(notices)]

    async def until(
        self, holds: Callable[[], Awaitable[bool]], seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Wait until it holds."""
        await bus.until(holds, seconds)

    async def settled(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until everything told so far was heard, with all that it caused."""
        for service in TOLD_IN_ORDER:
            await self.until(partial(self._has_told, service), seconds)
            for topic, readers in READERS.items():
                for reader in readers if topic.startswith(f"{service}.") else ():
                    await self._heard(reader, topic, seconds)

    async def _has_told(self, service: str) -> bool:
        flow = await self.read(self.token("operator"), service, "/v1/operations/flow")
        return bool(flow["outbox_pending"] == 0)

    async def _heard(self, reader: str, topic: str, seconds: float) -> None:
        await self.until(partial(self.broker.has_heard, reader, topic), seconds)


class Sheet:
    """The figures of one template and period."""

    def __init__(self, answer: Json) -> None:
        self.answer = answer

    def figure(self, code: str, **breakdown: str) -> Json:
        """One of them."""
        wanted = (code, breakdown)
        [one] = [f for f in self.answer["figures"] if (f["code"], f["breakdown"]) == wanted]
        found: Json = one
        return found

    def value(self, code: str, **breakdown: str) -> int | str | None:
        """A figure's value: counts are numbers, money and percentages text."""
        found: int | str | None = self.figure(code, **breakdown)["value"]
        return found

    def behind(self, code: str, **breakdown: str) -> tuple[int, int, int]:
        """How many wards stand behind a figure, say nothing on it, and are expected."""
        coverage = self.figure(code, **breakdown)["coverage"]
        return coverage["counted"], coverage["null"], coverage["expected"]


@asynccontextmanager
async def opened(processes: Processes) -> AsyncIterator[Line]:
    """A way to ask, for the length of the block."""
    async with (
        Broker(processes.stack.bootstrap) as broker,
        httpx.AsyncClient(timeout=15, trust_env=False) as http,
    ):
        yield Line(processes, broker, http)


async def knows_the_catalogue(processes: Processes) -> None:
    """Wait until every service of a line that has just started knows wards and templates."""
    async with opened(processes) as line:

        async def is_loaded() -> bool:
            answer = await line.read(line.token("operator"), "submission", "/v1/templates")
            return len(answer["items"]) == len(sound_bodies.BODIES)

        await line.until(is_loaded)
        await line.settled()
