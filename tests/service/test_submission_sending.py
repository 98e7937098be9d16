"""Sending a report: versions, same content, conditions, and what is told of it."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis.clock import now
from contracts.reports import report_id
from tests.service import desk as desks
from tests.service.desk import DXT, WARD, Desk, changed
from tests.unit import sound_bodies


async def test_a_report_is_kept_and_told_with_its_content(desk: Desk) -> None:
    answer = await desk.put()

    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/reports/{WARD}/{DXT}"
    assert answer.headers["etag"] == '"1-0-1"'
    said = answer.json()
    assert (said["version"], said["state"]) == (1, "received")
    [event] = await desk.submitted()
    assert str(event.report_id) == said["report_id"] == str(report_id(WARD, "DXT", "2025-10"))
    assert event.content == desks.content()
    assert event.content_digest == said["content_digest"] == desks.content().digest
    assert (event.submission_no, event.version, event.channel) == (1, 1, "api")
    assert (event.submitted_by, event.signed_off_by) == ("officer-1", None)
    assert event.submitted_at == event.first_submitted_at
    assert now() - event.submitted_at < timedelta(minutes=1)


async def test_changed_content_is_the_next_version_and_the_first_instant_stays(desk: Desk) -> None:
    await desk.put()

    answer = await desk.put(body=changed(dxt01=1801))

    assert (answer.status_code, answer.json()["version"]) == (202, 2)
    first, second = await desk.submitted()
    assert (second.submission_no, second.version) == (2, 2)
    assert second.first_submitted_at == first.submitted_at < second.submitted_at


async def test_the_same_content_in_other_words_is_the_same_version(desk: Desk) -> None:
    await desk.put("FIN/2025-Q4")

    body = sound_bodies.body("FIN", {"fin02": "100", "fin03": "60.0"})
    answer = await desk.put("FIN/2025-Q4", body)

    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert len(await desk.submitted()) == 1


@pytest.mark.parametrize("state", ["in-review", "approved"])
async def test_the_same_content_is_no_new_version_while_it_is_on_its_way(
    desk: Desk, state: str
) -> None:
    await desk.put()
    report = desks.report()
    report.sent(desks.content())
    await desk.decided(report.passed() if state == "in-review" else report.approved())

    answer = await desk.put()

    assert answer.status_code == 200
    assert (answer.json()["version"], answer.json()["state"]) == (1, state)


@pytest.mark.parametrize("state", ["returned", "revoked", "withdrawn"])
async def test_the_same_content_can_be_sent_again_after_it_came_back(
    desk: Desk, state: str
) -> None:
    await desk.put()
    report = desks.report()
    report.sent(desks.content())
    if state == "revoked":
        await desk.decided(report.approved(), report.revoked())
    else:
        await desk.decided(report.returned() if state == "returned" else report.withdrawn())

    answer = await desk.put()

    assert (answer.status_code, answer.json()["version"]) == (202, 2)
    assert [event.version for event in await desk.submitted()] == [1, 2]


async def test_a_condition_guards_two_officers_of_one_ward(desk: Desk) -> None:
    first = await desk.put(if_none_match="*")
    assert first.status_code == 202
    again = await desk.put(body=changed(dxt01=1801), if_none_match="*")
    assert (again.status_code, again.json()["type"]) == (412, "/problems/precondition-failed")
    assert again.headers["etag"] == '"1-0-1"'

    other = await desk.put(body=changed(dxt01=1802), if_match=first.headers["etag"])
    assert other.status_code == 202
    late = await desk.put(body=changed(dxt01=1803), if_match=first.headers["etag"])
    assert late.status_code == 412
    assert len(await desk.submitted()) == 2


async def test_a_condition_on_a_report_that_was_never_sent_keeps_nothing(desk: Desk) -> None:
    assert (await desk.put(if_match='"1-0-1"')).status_code == 412
    assert (await desk.put(if_match="*")).status_code == 412

    assert (await desk.get()).status_code == 404
    assert await desk.submitted() == []


async def test_a_decision_since_then_is_no_conflict_for_a_new_version(desk: Desk) -> None:
    seen = (await desk.put()).headers["etag"]
    report = desks.report()
    report.sent(desks.content())
    await desk.decided(report.returned())

    answer = await desk.put(body=changed(dxt01=1801), if_match=seen)

    assert answer.status_code == 202


async def test_the_channel_is_said_by_the_portal_and_never_by_a_partner(desk: Desk) -> None:
    await desk.put(wardline_channel="portal")
    await desk.put("DXT/2025-11", **desk.as_("system", WARD), wardline_channel="portal")
    refused = await desk.put("DXT/2025-12", wardline_channel="carrier-pigeon")

    assert refused.status_code == 422
    assert [event.channel for event in await desk.submitted()] == ["portal", "partner"]


@pytest.mark.parametrize("table", ["report_version", "withdrawal_request"])
@pytest.mark.parametrize("change", ["UPDATE {} SET version = 9", "DELETE FROM {}", "TRUNCATE {}"])
async def test_the_service_cannot_change_what_a_ward_said(
    desk: Desk, table: str, change: str
) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with desk.service.database.unit() as unit:
            await unit.session.execute(text(change.format(table)))


async def test_every_version_knows_the_event_that_told_it(desk: Desk) -> None:
    await desk.put()
    await desk.put(body=changed(dxt01=1801))

    async with desk.service.database.unit() as unit:
        found = await unit.session.execute(
            text("""
                SELECT count(*) FROM report_version v JOIN outbox o ON o.event_id = v.event_id
            """)
        )
    assert found.scalar_one() == 2
