"""A database restored to an earlier moment takes back what it told, and gives no number twice."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from chassis import numbering
from chassis.unit import Received
from contracts.event import Event
from contracts.reports import ReportSubmitted, ReportWithdrawalRequested
from services.submission.reports import taking_back as submission
from services.validation.review import taking_back as validation
from tests.builders import NOON, Report
from tests.service import desk as desks
from tests.service.conftest import Serve
from tests.service.desk import DXT, WARD, changed
from tests.validating import REASON, opened, sound
from tests.validating import WARD as JUDGED_WARD

STEPPED = 1_005


def told(events: Sequence[Event]) -> list[Received[Any]]:
    return [Received(event, uuid4(), NOON) for event in events]


async def test_versions_come_back_as_they_were_sent(serve: Serve) -> None:
    lost, restored = await desks.opened(serve), await desks.opened(serve)
    await lost.put()
    await restored.put()
    await lost.put(body=changed(dxt01=1801))
    await lost.delete()
    asked = await lost.service.emitted(ReportWithdrawalRequested)
    events = told([*await lost.submitted(), *asked])

    async with restored.service.database.unit() as unit:
        assert await submission.take_back(events, unit) == 2
        assert await submission.take_back(events, unit) == 0

    before, after = (await lost.get()).json(), (await restored.get()).json()
    assert after["content"] == before["content"]
    assert after["latest"] == before["latest"]
    assert after["withdrawal_requested"]


async def test_a_version_that_was_never_told_gives_its_number_to_nobody(serve: Serve) -> None:
    restored = await desks.opened(serve)
    await restored.put()
    async with restored.service.database.unit() as unit:
        assert await numbering.step_over(unit.session, 5) == STEPPED

    await restored.put(body=changed(dxt01=1801))
    await restored.put(report="DXT/2025-09")

    sent = await restored.service.emitted(ReportSubmitted)
    assert [(e.version, e.submission_no) for e in sent] == [
        (1, 1),
        (STEPPED, STEPPED),
        (STEPPED, STEPPED),
    ]
    assert (await restored.get(f"/v1/reports/{WARD}/{DXT}/versions/{STEPPED}")).is_success


async def test_decisions_come_back_and_what_they_answer_is_not_heard_again(serve: Serve) -> None:
    lost, restored = await opened(serve), await opened(serve)
    report = Report(JUDGED_WARD, "INN", "2025-Q4")
    first = report.sent(sound("INN", inn01=10))
    for judge in (lost, restored):
        await judge.service.receives(first)
    await lost.decided("approve", report, 1)
    asked, second = report.withdrawal_requested(), report.sent(sound("INN", inn01=12))
    await lost.service.receives(asked, second)
    await lost.decided("approve", report, 2)

    back = validation.DecisionsBack()
    async with restored.service.database.unit() as unit:
        assert await back(told([first, asked, second]), unit) == 0
        assert await back(told(await lost.told()), unit) == 3
        await numbering.step_over(unit.session, 5)
    await restored.service.receives(first, asked, second)

    before, after = [await judge.review(report) for judge in (lost, restored)]
    for name in ("state", "counted_version", "decision_no", "withdrawal", "submission_no"):
        assert after[name] == before[name]
    assert [h["decision_no"] for h in after["history"]] == [4, 3, 2, 1]
    revoked = await restored.decided("revoke", report, 2, **REASON)
    assert revoked["decision_no"] == STEPPED
