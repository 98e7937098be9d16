"""What the wards do: send, hear what became of it, correct, ask to take back."""

from time import perf_counter
from typing import Any
from uuid import uuid4

from deploy.demo.api import Api
from deploy.demo.courses import Report
from deploy.demo.inboxes import Inboxes, Notice
from deploy.demo.measuring import Stopwatch
from deploy.demo.people import People
from deploy.demo.scene import Ward
from deploy.demo.trouble import DemoError
from deploy.demo.waiting import until_none

LOOK_SECONDS = 0.1


class Wards:
    """All of them; each acts through its own officer."""

    def __init__(self, api: Api, people: People, inboxes: Inboxes, watch: Stopwatch) -> None:
        self._api, self._people, self._inboxes, self._watch = api, people, inboxes, watch
        self._sent_at: dict[Notice, float] = {}

    async def ask_for_mail(self, ward: Ward) -> None:
        """Let the ward's officer have e-mail about what comes back."""
        contact = {
            "email": f"mo-phong.synthetic.{ward.code}@wardline.example",
            "language": "vi",
            "wants": ["returned", "revoked"],
        }
        officer = self._people.officer(ward.code)
        await self._api.ask(officer, "PUT", "notification/v1/contacts/me", contact)

    async def send(self, report: Report, measured_as: str | None = None) -> Notice:
        """Send the next draft; the notice by which the ward will hear that it came in."""
        body = report.drafts[min(len(report.sent), len(report.drafts) - 1)]
        officer, began = self._people.officer(report.ward.code), perf_counter()
        answer = await self._api.ask(officer, "PUT", report.place, body)
        report.report_id, report.version = answer.body["report_id"], answer.body["version"]
        report.sent[report.version] = body
        notice = ("received", report.report_id, report.version)
        self._sent_at[notice] = began
        if measured_as:
            self._watch.add(measured_as, answer.seconds)
        return notice

    def measure_hearing(self, notices: list[Notice], measured_as: str) -> None:
        """Note how long it took from sending to each of these notices, which have arrived."""
        for notice in notices:
            self._watch.add(measured_as, self._inboxes.arrived[notice] - self._sent_at[notice])

    async def learn(self, report: Report, state: str, code: str) -> dict[str, Any]:
        """Hear live what became of the report, and read why.

        Raises:
            DemoError: it was for another reason than ``code``.
        """
        notice = "revoked" if state == "withdrawn" else state
        await self._inboxes.told([(notice, report.report_id, report.version)])
        decision = await self._decision(report, state)
        if decision["code"] != code:
            raise DemoError(f"{report.place} was {state} for {decision['code']}, not for {code}")
        return decision

    async def take_back(self, report: Report) -> None:
        """Ask to take the report back."""
        officer = self._people.officer(report.ward.code)
        key = {"Idempotency-Key": uuid4().hex}
        await self._api.ask(officer, "DELETE", report.place, headers=key)

    async def _decision(self, report: Report, state: str) -> dict[str, Any]:
        """The newest decision, once the ward's report shows it."""
        officer = self._people.officer(report.ward.code)
        seen: dict[str, Any] = {}

        async def unseen() -> int:
            answer = await self._api.ask(officer, "GET", report.place)
            seen.update(answer.body)
            return int(seen["latest"]["state"] != state)

        await until_none(unseen, f"decisions on {report.place}", pause=LOOK_SECONDS)
        decision: dict[str, Any] = seen["decision"]
        return decision
