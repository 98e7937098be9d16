"""What the reviewers do: look through the queue, return, approve, revoke, let go."""

from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from deploy.demo.api import Answer, Api
from deploy.demo.courses import Report
from deploy.demo.people import Person
from deploy.demo.reports import MARK
from deploy.demo.trouble import DemoError
from deploy.demo.waiting import until_none

LOOK_SECONDS = 0.25
MOST_AT_ONCE = 84
WITHDRAWAL_REQUESTED = "withdrawal-requested"


class Reviewers:
    """The department's reviewers, as one."""

    def __init__(self, api: Api, reviewer: Person) -> None:
        self._api, self._reviewer = api, reviewer

    async def find(
        self,
        reports: Iterable[Report],
        shown: Callable[[int], None] = lambda _: None,
        state: str | None = None,
    ) -> None:
        """Return when each of these waits in the queue, at the version that was sent last."""
        waited = {report.report_id: report for report in reports}

        async def missing() -> int:
            places = {(report.template, report.period.code) for report in waited.values()}
            for template, period in places:
                for item in await self._queue(template, period, state):
                    report = waited.get(item["report_id"])
                    if report and item["version"] == report.version:
                        del waited[report.report_id]
            return len(waited)

        await until_none(missing, "reports in the queue", pause=LOOK_SECONDS, shown=shown)

    async def look(self, report: Report) -> dict[str, Any]:
        """One report as a reviewer sees it: content, findings, what changed."""
        where = f"validation/v1/reviews/{report.report_id}"
        answer = await self._api.ask(self._reviewer, "GET", where)
        seen: dict[str, Any] = answer.body
        return seen

    async def give_back(self, report: Report) -> None:
        """Return it, with a comment on the field in doubt."""
        comment = {"pointer": report.about, "text": f"Đề nghị kiểm tra lại số liệu này. {MARK}"}
        note = f"Số liệu chưa khớp với hồ sơ của đơn vị. {MARK}"
        await self._decide(report, "return", code="wrong-figures", note=note, comments=[comment])

    async def approve(self, report: Report) -> None:
        """Let it count."""
        await self._decide(report, "approve", note=MARK)

    async def revoke(self, report: Report) -> None:
        """Take an approval back."""
        note = f"Phát hiện sai sót sau khi duyệt. {MARK}"
        await self._decide(report, "revoke", code="inconsistent", note=note)

    async def let_go(self, report: Report) -> None:
        """Let the ward take its approved report back."""
        await self._decide(report, "withdraw", note=MARK)

    async def approve_all(self, reports: Sequence[Report], shown: Callable[[int], None]) -> None:
        """Approve many, some dozens in each request; ``shown`` is told how many are left."""
        left = len(reports)
        for start in range(0, len(reports), MOST_AT_ONCE):
            some = reports[start : start + MOST_AT_ONCE]
            await self._approve_some(some)
            left -= len(some)
            shown(left)

    async def _approve_some(self, reports: Sequence[Report]) -> None:
        items = [{"report_id": one.report_id, "version": one.version} for one in reports]
        body = {"items": items, "note": MARK}
        answer = await self._order("validation/v1/reviews:approve", body)
        for report, item in zip(reports, answer.body["items"], strict=True):
            if item["status"] != HTTPStatus.OK:
                raise DemoError(f"{report.place} was not approved: {item['problem']}")
            report.counted = item["review"]["counted_version"]

    async def _decide(self, report: Report, action: str, **said: object) -> None:
        where = f"validation/v1/reviews/{report.report_id}/{action}"
        answer = await self._order(where, {"version": report.version, **said})
        report.counted = answer.body["counted_version"]

    async def _queue(self, template: str, period: str, state: str | None) -> list[dict[str, Any]]:
        wanted = f"template={template}&period={period}&limit=500"
        where = f"validation/v1/reviews?{wanted}" + (f"&state={state}" if state else "")
        answer = await self._api.ask(self._reviewer, "GET", where)
        items: list[dict[str, Any]] = answer.body["items"]
        return items

    async def _order(self, where: str, body: object) -> Answer:
        """Decide; under its key what is sent twice is decided once."""
        key = {"Idempotency-Key": uuid4().hex}
        return await self._api.ask(self._reviewer, "POST", where, body, headers=key)
