"""Taking a report back: a request that validation answers, and when there is nothing to take."""

import pytest

from contracts.reports import ReportWithdrawalRequested, report_id
from tests import builders
from tests.service import desk as desks
from tests.service.desk import DXT, WARD, Desk
from tests.unit import sound_bodies


async def sent(desk: Desk) -> builders.Report:
    """The ward sends its report; the same for validation."""
    assert (await desk.put()).status_code == 202
    report = desks.report()
    report.sent(desks.content())
    return report


async def withdrawals(desk: Desk) -> list[ReportWithdrawalRequested]:
    return await desk.service.emitted(ReportWithdrawalRequested)


def actions(shown: dict[str, object]) -> dict[str, str]:
    """What may be done, and why not where not."""
    said = shown["allowed_actions"]
    assert isinstance(said, list)
    return {a["action"]: "yes" if a["allowed"] else a["reason"]["code"] for a in said}


async def test_a_withdrawal_is_asked_for_and_told(desk: Desk) -> None:
    await sent(desk)

    answer = await desk.delete()

    assert answer.status_code == 202
    assert (answer.headers["location"], answer.headers["etag"]) == (
        f"/v1/reports/{WARD}/{DXT}",
        '"1-0-2"',
    )
    [event] = await withdrawals(desk)
    assert event.report_id == report_id(WARD, "DXT", "2025-10")
    assert (event.submission_no, event.version, event.requested_by) == (2, 1, "officer-1")
    shown = (await desk.get()).json()
    assert (shown["withdrawal_requested"], shown["latest"]["state"]) == (True, "received")
    assert actions(shown) == {"send": "yes", "withdraw": "withdrawal-pending"}


async def test_it_is_asked_for_once(desk: Desk) -> None:
    await sent(desk)
    await desk.delete()

    again = await desk.delete()

    assert (again.status_code, again.json()["type"]) == (409, "/problems/withdrawal-pending")
    assert len(await withdrawals(desk)) == 1


async def test_under_its_key_it_is_asked_for_once_however_late_it_comes_again(desk: Desk) -> None:
    await sent(desk)
    key, changed = {"Idempotency-Key": "k-1"}, sound_bodies.body("DXT")
    changed["values"]["dxt01"] += 1
    first = await desk.delete(**key)
    await desk.put(body=changed)

    again = await desk.delete(**key)

    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["etag"] == first.headers["etag"] == '"1-0-2"'
    assert again.headers["location"] == first.headers["location"]
    assert len(await withdrawals(desk)) == 1
    assert (await desk.get()).json()["withdrawal_requested"] is False


async def test_a_key_of_one_report_asks_for_no_other(desk: Desk) -> None:
    await sent(desk)
    await desk.delete(**{"Idempotency-Key": "k-1"})

    other = await desk.delete("DXT/2025-11", **{"Idempotency-Key": "k-1"})

    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")


async def test_a_refusal_does_not_use_the_key_up(desk: Desk) -> None:
    key = {"Idempotency-Key": "k-1"}
    assert (await desk.delete(**key)).status_code == 404
    await sent(desk)

    assert (await desk.delete(**key)).status_code == 202


async def test_what_was_never_sent_cannot_be_taken_back(desk: Desk) -> None:
    answer = await desk.delete()

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-report")


@pytest.mark.parametrize("state", ["in-review", "returned", "approved"])
async def test_it_can_be_asked_for_in_any_state_that_holds_something(
    desk: Desk, state: str
) -> None:
    report = await sent(desk)
    if state == "in-review":
        await desk.decided(report.passed())
    else:
        await desk.decided(report.returned() if state == "returned" else report.approved())

    assert (await desk.delete()).status_code == 202


@pytest.mark.parametrize("state", ["withdrawn", "revoked"])
async def test_there_is_nothing_to_take_back_twice(desk: Desk, state: str) -> None:
    report = await sent(desk)
    if state == "revoked":
        await desk.decided(report.approved(), report.revoked())
    else:
        await desk.decided(report.withdrawn())

    answer = await desk.delete()

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/nothing-to-withdraw")
    assert actions((await desk.get()).json())["withdraw"] == "nothing-to-withdraw"
    assert await withdrawals(desk) == []


async def test_a_refused_withdrawal_can_be_asked_for_again(desk: Desk) -> None:
    report = await sent(desk)
    await desk.decided(report.approved())
    await desk.delete()

    await desk.decided(report.refused(note="Số liệu đã công bố."))

    shown = (await desk.get()).json()
    assert (shown["decision"]["kind"], shown["decision"]["note"]) == (
        "withdrawal-refused",
        "Số liệu đã công bố.",
    )
    assert (shown["withdrawal_requested"], shown["counted_version"]) == (False, 1)
    assert (await desk.delete()).status_code == 202


async def test_a_decision_made_before_the_request_is_no_answer_to_it(desk: Desk) -> None:
    report = await sent(desk)
    await desk.decided(report.approved())
    await desk.decided(report.revoked())
    await desk.put()
    report.sent(desks.content())
    await desk.decided(report.approved())
    await desk.delete()

    await desk.service.receives_again()

    assert (await desk.get()).json()["withdrawal_requested"] is True


async def test_sending_again_after_asking_means_to_report_after_all(desk: Desk) -> None:
    await sent(desk)
    await desk.delete()

    answer = await desk.put()

    assert (answer.status_code, answer.json()["version"]) == (202, 2)
    [event] = (await desk.submitted())[1:]
    assert (event.submission_no, event.version) == (3, 2)
    assert (await desk.get()).json()["withdrawal_requested"] is False


async def test_a_condition_guards_a_withdrawal(desk: Desk) -> None:
    await sent(desk)

    assert (await desk.delete(if_match='"7-0-7"')).status_code == 412
    assert (await desk.delete(if_match='"1-0-1"')).status_code == 202
