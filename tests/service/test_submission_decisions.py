"""Decisions as they arrive: in any order, any number of times, in batches of any size."""

from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from contracts.decisions import Decision
from tests import builders
from tests.service import desk as desks
from tests.service.desk import OTHER, WARD, Desk, changed


def history() -> list[Decision]:
    """A report approved, corrected, returned, approved again, asked back, kept, and revoked."""
    report = desks.report()
    report.sent(desks.content())
    events: list[Decision] = [report.passed(), report.approved()]
    report.sent(desks.content(changed(dxt01=1801)))
    events += [report.passed(), report.returned(note="?")]
    report.sent(desks.content(changed(dxt01=1802)))
    events += [report.passed(), report.approved(), report.refused(), report.revoked()]
    return events


async def _statuses(desk: Desk) -> list[dict[str, Any]]:
    async with desk.service.database.unit() as unit:
        found = await unit.session.execute(
            text("""
                SELECT s.*, a.decision_no AS answered FROM report_status s
                LEFT JOIN withdrawal_answer a USING (report_id) ORDER BY report_id
            """)
        )
        return [dict(row) for row in found.mappings()]


async def _forget(desk: Desk) -> None:
    """Begin anew: an example of Hypothesis finds what the one before left."""
    async with desk.service.database.unit() as unit:
        await unit.session.execute(text("DELETE FROM report_status"))
        await unit.session.execute(text("DELETE FROM withdrawal_answer"))


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_any_order_repetition_and_batching_shows_the_newest_decision(
    desk: Desk, data: st.DataObject
) -> None:
    await _forget(desk)
    events = data.draw(st.permutations(history() * 3))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(events)), max_size=5)))
    for start, end in pairwise([0, *cuts, len(events)]):
        await desk.decided(*events[start:end])

    [status] = await _statuses(desk)
    assert (status["decision_no"], status["state"], status["counted_version"]) == (
        8,
        "revoked",
        None,
    )
    assert (status["version"], status["decision"]["kind"]) == (3, "approval-revoked")
    assert status["answered"] == 8


async def test_an_answer_that_comes_late_still_answers(desk: Desk) -> None:
    await desk.put()
    report = desks.report()
    report.sent(desks.content())
    approved, refused = report.approved(), report.refused()
    report.sent(desks.content(changed(dxt01=1801)))
    later = report.passed()
    await desk.decided(approved)
    await desk.delete()

    await desk.decided(later)
    assert (await desk.get()).json()["withdrawal_requested"] is True
    await desk.decided(refused)

    shown = (await desk.get()).json()
    assert (shown["withdrawal_requested"], shown["decision"]["decision_no"]) == (False, 3)


async def test_a_decision_may_come_before_anything_is_known_of_its_report(desk: Desk) -> None:
    report = builders.Report(OTHER, "DXT", "2025-10")
    await desk.decided(report.approved(desks.content()))

    assert (await desk.get("/v1/reports")).json()["items"] == []
    assert len(await _statuses(desk)) == 1


async def test_a_batch_of_many_reports_is_shown_at_once(desk: Desk) -> None:
    months = [f"2026-{month:02d}" for month in range(1, 11)]
    events: list[Decision] = []
    for month in months:
        assert (await desk.put(f"DXT/{month}")).status_code == 202
        report = desks.report(month)
        events += [report.passed(desks.content()), report.approved()]

    await desk.decided(*events)

    items = (await desk.get(f"/v1/reports?ward={WARD}&state=approved")).json()["items"]
    assert [item["period"]["code"] for item in items] == months[::-1]
    assert {item["counted_version"] for item in items} == {1}
