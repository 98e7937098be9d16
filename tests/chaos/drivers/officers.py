"""Ward officers: they send reports, correct them, take them back, and read what they are told."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import compress
from random import Random
from typing import Any, Final

from tests.chaos.drivers import forms
from tests.chaos.drivers.client import TRY_AGAIN, Answer, Client, Request, parted

BULK_TRIES: Final = 4


@dataclass
class Officer:
    """One officer of one ward; two of them may look after the same reports."""

    client: Client
    ward: str
    size: int
    rng: Random
    _bodies: dict[str, forms.Body] = field(default_factory=dict)
    _tags: dict[str, str] = field(default_factory=dict)

    async def ask_for_mail(self) -> None:
        """Want to be told by e-mail as well."""
        contact = {"email": f"{self.client.who}@example.org"}
        await self.client.order(Request("notification", "PUT", "/v1/contacts/me", contact))

    async def act(self) -> None:
        """Do one thing."""
        report = self._some_report()
        act = self.rng.choices(
            (
                self.send,
                self.send_guarded,
                self.send_again,
                self.withdraw,
                self.send_many,
                self.read_notice,
            ),
            (53, 15, 8, 12, 10, 6),
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
        about, path = {"op": "delete", "report": report}, f"/v1/reports/{report}"
        key = {"Idempotency-Key": f"{self.rng.getrandbits(64):016x}"}
        request = Request("submission", "DELETE", path, headers=key, about=(about,))
        self._learn(report, await self.client.order(request))

    async def send_many(self, report: str) -> None:
        """Send several reports in one request, and those again for which there was no time."""
        bodies = {
            one: self._new_body(one)
            for one in sorted({report, self._some_report(), self._some_report()})
        }
        for _ in range(BULK_TRIES):
            parts = await self._bulk(bodies)
            unclear = [part.status in TRY_AGAIN for part in parts]
            bodies = dict(compress(bodies.items(), unclear))
            if not bodies:
                return

    async def _bulk(self, bodies: Mapping[str, forms.Body]) -> list[Answer]:
        lines = [line(report, body) for report, body in bodies.items()]
        about = [{"op": "bulk", "report": one, "content": body} for one, body in bodies.items()]
        headers = {"Content-Type": "application/x-ndjson"}
        request = Request(
            "submission", "POST", "/v1/reports:bulk", b"\n".join(lines), headers, tuple(about)
        )
        return parted(await self.client.order(request), len(bodies))

    async def read_notice(self, _report: str) -> None:
        """Open the inbox, and mark one notice as read."""
        page = await self.client.read("notification", "/v1/inbox?unread=true&limit=20")
        if page and page["items"]:
            notice = self.rng.choice(page["items"])["id"]
            about = {"op": "read", "notice": notice}
            path = f"/v1/inbox/{notice}/read"
            await self.client.order(Request("notification", "POST", path, about=(about,)))

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
    """Ask for mail, then act until it is over; ``pause`` is the rest between two acts."""
    await officer.ask_for_mail()
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
