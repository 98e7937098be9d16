"""Rules that compare with the period before, through the judge and reviewers' approvals."""

from typing import Any

import pytest

from contracts.content import Content
from contracts.decisions import ReportReturned
from tests.asking import problem
from tests.builders import Report
from tests.service.conftest import Serve
from tests.unit import sound_bodies
from tests.unit.sound_bodies import project
from tests.validating import REASON, WARD, Judge, id_of, opened, sound


@pytest.fixture
async def judge(serve: Serve) -> Judge:
    return await opened(serve)


def disbursed(before: str, estimate: str, explanation: str = "") -> Content:
    row = project("DA1", "NSTP", "5000", "1000", "0", before, estimate)
    written: dict[str, Any] = {"lists": {"projects": [row]}}
    if explanation:
        written["explanations"] = {"PIP-W1#DA1|NSTP": explanation}
    return sound_bodies.content("PIP", written)


async def approved(judge: Judge, period: str, body: Content) -> Report:
    report = Report(WARD, "PIP", period)
    await judge.service.receives(report.sent(body))
    await judge.decided("approve", report, 1)
    return report


async def test_8_january_starts_again_and_february_is_compared(judge: Judge) -> None:
    december = await approved(judge, "2025-12", disbursed("900", "1000"))
    january = await approved(judge, "2026-01", disbursed("0", "20"))
    told = await judge.last()
    assert told.findings == ()
    assert told.checked_against is not None
    assert told.checked_against.report_id == december.identity["report_id"]

    exact, off = Report(WARD, "PIP", "2026-02"), disbursed("26", "50")
    await judge.service.receives(exact.sent(disbursed("24", "50")))
    assert ((await judge.last()).state, (await judge.last()).findings) == ("in-review", ())
    await judge.service.receives(exact.sent(off))
    returned = await judge.last()
    assert isinstance(returned, ReportReturned)
    assert returned.code == "explanation-missing"
    await judge.service.receives(exact.sent(disbursed("26", "50", "Đ" * 20)))
    told = await judge.last()
    assert (told.state, [finding.rule for finding in told.findings]) == ("in-review", ["PIP-W1"])
    assert told.findings[0].row_key == "DA1|NSTP"
    assert told.checked_against is not None
    assert told.checked_against.report_id == january.identity["report_id"]


async def test_8_what_is_disbursed_never_falls(judge: Judge) -> None:
    await approved(judge, "2026-02", disbursed("24", "25"))
    march = Report(WARD, "PIP", "2026-03")
    await judge.service.receives(march.sent(disbursed("23", "40")))
    told = await judge.last()
    assert (told.state, [finding.rule for finding in told.findings]) == ("returned", ["PIP-E3"])


async def test_8_an_approval_compares_again_when_the_month_before_has_changed(
    judge: Judge,
) -> None:
    february, march = Report(WARD, "PIP", "2026-02"), Report(WARD, "PIP", "2026-03")
    await judge.service.receives(march.sent(disbursed("23", "40")))
    assert ((await judge.last()).state, (await judge.last()).checked_against) == ("in-review", None)
    await judge.service.receives(february.sent(disbursed("24", "25")))
    await judge.decided("approve", february, 1)

    answer = problem(await judge.decide("approve", march, 1), 409, "new-findings")
    assert [finding["rule"] for finding in answer["findings"]] == ["PIP-E3"]
    assert answer["current_version"] == 1
    found = await judge.review(march)
    assert (found["findings"], found["checked_against"]) == ([], None)
    assert [finding["rule"] for finding in found["rechecked"]["findings"]] == ["PIP-E3"]
    by_name = {action["action"]: action for action in found["allowed_actions"]}
    assert by_name["approve"]["reason"]["code"] == "new-findings"
    assert by_name["return"]["allowed"]

    await judge.decided("revoke", february, 1, **REASON)
    await judge.decided("approve", march, 1)
    assert (await judge.last()).checked_against is None


async def test_of_two_months_approved_together_the_later_is_compared_with_the_earlier(
    judge: Judge,
) -> None:
    february, march = Report(WARD, "PIP", "2026-02"), Report(WARD, "PIP", "2026-03")
    await judge.service.receives(march.sent(disbursed("23", "40")))
    await judge.service.receives(february.sent(disbursed("24", "25")))
    items = [{"report_id": str(id_of(month)), "version": 1} for month in (february, march)]
    path, headers = "/v1/reviews:approve", judge.person()
    answer = await judge.client.post(path, json={"items": items}, headers=headers)
    approved, refused = answer.json()["items"]
    assert (approved["status"], refused["status"]) == (200, 409)
    assert [finding["rule"] for finding in refused["problem"]["findings"]] == ["PIP-E3"]


async def test_an_approval_after_a_harmless_change_says_what_it_compared_with(
    judge: Judge,
) -> None:
    february, march = Report(WARD, "PIP", "2026-02"), Report(WARD, "PIP", "2026-03")
    await judge.service.receives(march.sent(disbursed("25", "40")))
    await judge.service.receives(february.sent(disbursed("24", "25")))
    await judge.decided("approve", february, 1)
    await judge.decided("approve", march, 1)
    told = await judge.last()
    assert told.checked_against is not None
    assert told.checked_against.period.code == "2026-02"
    found = await judge.review(march)
    assert (found["checked_against"]["version"], found["rechecked"]) == (1, None)


async def test_a_correction_of_the_month_before_counts_once_it_is_approved(judge: Judge) -> None:
    february = await approved(judge, "2026-02", disbursed("24", "25"))
    march = Report(WARD, "PIP", "2026-03")
    await judge.service.receives(february.sent(disbursed("20", "25")))
    await judge.service.receives(march.sent(disbursed("25", "40")))
    told = await judge.last()
    assert told.checked_against is not None
    assert told.checked_against.version == 1
    await judge.decided("approve", february, 2)
    await judge.decided("approve", march, 1)
    told = await judge.last()
    assert told.checked_against is not None
    assert told.checked_against.version == 2


async def test_9_a_jump_of_more_than_half_needs_fifty_characters(judge: Judge) -> None:
    values = {"est03": "900.000", "est04": "600.001", "est10": "700.001"}
    report = Report(WARD, "EST", "2026")
    for grounds, state in (("Đ" * 49, "returned"), ("Đ" * 50, "in-review")):
        await judge.service.receives(report.sent(sound("EST", **values, est14=grounds)))
        told = await judge.last()
        assert told.state == state
        assert [finding.rule for finding in told.findings] == ["EST-W2"]
    exact = values | {"est04": "600.000", "est10": "700.000"}
    await judge.service.receives(report.sent(sound("EST", **exact)))
    assert (await judge.last()).findings == ()


async def test_a_half_year_is_not_compared_with_a_year(judge: Judge) -> None:
    year, half = Report(WARD, "IP", "2025"), Report(WARD, "IP", "2025-H2")
    await judge.service.receives(year.sent(sound("IP")))
    await judge.decided("approve", year, 1)
    await judge.service.receives(half.sent(sound("IP")))
    assert (await judge.last()).checked_against is None
