"""Ward officers: they send reports, correct them, take them back, and send several at once."""

import asyncio
import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.chaos.drivers import forms
from tests.chaos.drivers.client import Answer, Client, Request


@dataclass
class Officer:
    """One officer of one ward; two of them may look after the same reports."""

    client: Client
    ward: str
    size: int
    rng: Random
    _bodies: dict[str, forms.Body] = field(default_factory=dict)
    _tags: dict[str, str] = field(default_factory=dict)

    async def act(self) -> None:
        """Do one thing."""
        report = self._some_report()
        act = self.rng.choices(
            (self.send, self.send_guarded, self.send_again, self.withdraw, self.send_many),
            (55, 15, 8, 12, 10),
        )[0]
        await act(report)

    async def send(self, report: str) -> None:
        """Send something new, whatever is there."""
        await self._put(report, self._new_body(report), {})

    async def send_guarded(self, report: str) -> None:
        """Send something new only on top of what was seen last."""
        if report not in self._tags:
            await self._look(report)
        tag = self._tags.get(report)
        guard = {"If-Match": tag} if tag else {"If-None-Match": "*"}
        answer = await self._put(report, self._new_body(report), guard)
        if answer.status == 412:
            await self._look(report)

    async def send_again(self, report: str) -> None:
        """Send the same once more, as somebody who is not sure does."""
        if report in self._bodies:
            await self._put(report, self._bodies[report], {})

    async def withdraw(self, report: str) -> None:
        """Ask for a report back."""
        about = {"op": "delete", "report": report}
        request = Request("submission", "DELETE", f"/v1/reports/{report}", about=(about,))
        self._learn(report, await self.client.order(request))

    async def send_many(self, report: str) -> None:
        """Send several reports in one request."""
        reports = sorted({report, self._some_report(), self._some_report()})
        bodies = [self._new_body(one) for one in reports]
        lines = [line(one, body) for one, body in zip(reports, bodies, strict=True)]
        about = [
            {"op": "bulk", "report": one, "content": body}
            for one, body in zip(reports, bodies, strict=True)
        ]
        headers = {"Content-Type": "application/x-ndjson"}
        request = Request(
            "submission", "POST", "/v1/reports:bulk", b"\n".join(lines), headers, tuple(about)
        )
        await self.client.order(request)

    async def _put(self, report: str, body: forms.Body, guard: dict[str, str]) -> Answer:
        self._bodies[report] = body
        about = {"op": "put", "report": report, "content": body, **guarded(guard)}
        path = f"/v1/reports/{report}"
        request = Request("submission", "PUT", path, body, guard, (about,))
        answer = await self.client.order(request)
        self._learn(report, answer)
        return answer

    async def _look(self, report: str) -> None:
        request = Request("submission", "GET", f"/v1/reports/{report}")
        self._learn(report, await self.client.once(request))

    def _learn(self, report: str, answer: Answer) -> None:
        if answer.ok and "etag" in answer.headers:
            self._tags[report] = answer.headers["etag"]

    def _some_report(self) -> str:
        template = self.rng.choice(sorted(forms.PERIODS))
        return f"{self.ward}/{template}/{self.rng.choice(forms.PERIODS[template])}"

    def _new_body(self, report: str) -> forms.Body:
        make = forms.mistaken if self.rng.random() < 0.08 else forms.sound
        return make(report.split("/")[1], self.size, self.rng)


def line(report: str, body: forms.Body) -> bytes:
    """A report as a line of a bulk request."""
    ward, template, period = report.split("/")
    return json.dumps(
        {"ward": ward, "template": template, "period": period, "content": body}
    ).encode()


def guarded(guard: dict[str, str]) -> dict[str, Any]:
    """The guard as the journal has it."""
    return {"guard": guard} if guard else {}


async def work(officer: Officer, pause: float, over: asyncio.Event) -> None:
    """Act until it is over; ``pause`` is how long an officer rests between two acts."""
    while not over.is_set():
        await officer.act()
        await rest(over, officer.rng.expovariate(1 / pause))


async def rest(over: asyncio.Event, seconds: float) -> None:
    """Do nothing for so long, or until it is over."""
    try:
        async with asyncio.timeout(seconds):
            await over.wait()
    except TimeoutError:
        pass
