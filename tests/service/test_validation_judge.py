"""The judge hears what submission says: verdicts, waiting, withdrawals, old news."""

import pytest
from sqlalchemy import text

from chassis import catalogue
from contracts.catalogue import TemplatePublished
from contracts.decisions import ReportApproved, ReportPassedRules, ReportReturned, ReportWithdrawn
from services.validation.review import handlers
from tests.builders import Report, content, template
from tests.service.conftest import Serve
from tests.validating import REASON, WARD, Judge, automatic, opened, sound


@pytest.fixture
async def judge(serve: Serve) -> Judge:
    return await opened(serve)


async def test_a_sound_report_waits_for_a_reviewer(judge: Judge) -> None:
    report = Report(WARD, "INN", "2025-Q4")
    sent = report.sent(sound("INN", inn01=10))
    await judge.service.receives(sent)

    [told] = await judge.service.emitted(ReportPassedRules)
    assert (told.state, told.version, told.decision_no) == ("in-review", 1, 1)
    assert told.content == sent.content
    assert told.content_digest == sent.content.digest
    assert (told.counted_version, told.counted, told.decided_by) == (None, None, None)
    assert told.first_passed_submitted_at == sent.submitted_at
    assert (told.findings, told.checked_against) == ((), None)


async def test_an_error_returns_it_with_every_finding(judge: Judge) -> None:
    report = Report(WARD, "FIN", "2025-Q4")
    await judge.service.receives(report.sent(sound("FIN", fin02="100.000", fin04="39.998")))

    [told] = await judge.service.emitted(ReportReturned)
    assert (told.state, told.code) == ("returned", "rule-errors")
    [finding] = [finding for finding in told.findings if finding.rule == "FIN-E1"]
    assert finding.params["fin04"] == "39.998"
    assert "39,998" in finding.message.vi
    assert told.first_passed_submitted_at is None


async def test_a_warning_without_its_explanation_returns_it(judge: Judge) -> None:
    report = Report(WARD, "IP", "2025-H2")
    unexplained = sound("IP", ip08=31)
    explained = unexplained.model_copy(update={"explanations": {"IP-W1": "Đ" * 20}})
    await judge.service.receives(report.sent(unexplained), report.sent(explained))

    returned, passed = await judge.told()
    assert isinstance(returned, ReportReturned)
    assert returned.code == "explanation-missing"
    assert (passed.state, passed.findings[0].explanation) == ("in-review", "Đ" * 20)


async def test_what_is_brought_again_changes_nothing(judge: Judge) -> None:
    report = Report(WARD, "INN", "2025-Q4")
    await judge.service.receives(report.sent(sound("INN")), report.sent(sound("INN", inn01=11)))
    before = await judge.told()
    await judge.service.receives_again()
    first = Report(WARD, "INN", "2025-Q4").sent(sound("INN"))
    await judge.service.receives(first)  # the same, under a new event id
    assert await judge.told() == before


async def test_an_older_version_that_comes_late_is_kept_but_not_judged(judge: Judge) -> None:
    report = Report(WARD, "INN", "2025-Q4")
    first, second = report.sent(sound("INN")), report.sent(sound("INN", inn01=11))
    await judge.service.receives(second)
    await judge.service.receives(first)
    [told] = await judge.told()
    assert told.version == 2
    found = await judge.review(report)
    assert (found["version"], found["changes"]) == (2, None)


async def test_a_report_waits_for_its_template(serve: Serve) -> None:
    judge = await opened(serve, template("FIN"))
    report = Report(WARD, "INN", "2025-Q4")
    await judge.service.receives(report.sent(sound("INN")))
    assert await judge.told() == []
    assert [item["state"] for item in await judge.queue(state="waiting")] == ["waiting"]

    await judge.service.receives(TemplatePublished(template=template("INN")))
    assert await judge.kinds() == ["passed-rules"]


async def test_the_sweep_finds_what_two_transactions_missed(serve: Serve) -> None:
    judge = await opened(serve, template("FIN"))
    report = Report(WARD, "INN", "2025-Q4")
    await judge.service.receives(report.sent(sound("INN")))
    async with judge.service.database.unit() as unit:
        await catalogue.keep_templates(unit.session, [template("INN")])
    await judge.service.does("waiting-sweep")
    assert await judge.kinds() == ["passed-rules"]
    async with judge.service.database.unit() as unit:
        await handlers.judge_waiting(unit)
    assert await judge.kinds() == ["passed-rules"]


async def test_an_automatic_template_approves_what_is_clean_at_once(serve: Serve) -> None:
    judge = await opened(serve, automatic("HIT"))
    report = Report(WARD, "HIT", "2025-H2")
    await judge.service.receives(report.sent(sound("HIT")))
    [told] = await judge.told()
    assert isinstance(told, ReportApproved)
    assert (told.state, told.counted_version, told.decided_by) == ("approved", 1, None)


async def test_an_automatic_template_leaves_the_uncompared_to_people(serve: Serve) -> None:
    judge = await opened(serve, automatic("INN"))
    before, report = Report(WARD, "INN", "2025-Q3"), Report(WARD, "INN", "2025-Q4")
    await judge.service.receives(before.sent(sound("INN")))
    await judge.decided("approve", before, 1)
    await judge.service.receives(report.sent(sound("INN")))
    assert await judge.kinds() == ["passed-rules", "approved", "approved"]
    told = await judge.last()
    assert told.checked_against is not None
    assert (told.checked_against.period.code, told.checked_against.version) == ("2025-Q3", 1)


async def test_a_ward_takes_back_what_does_not_count(judge: Judge) -> None:
    report = Report(WARD, "INN", "2025-Q4")
    await judge.service.receives(report.sent(sound("INN")), report.withdrawal_requested())
    told = await judge.last()
    assert isinstance(told, ReportWithdrawn)
    assert (told.state, told.counted_version, told.decision_no) == ("withdrawn", None, 2)
    assert await judge.queue() == []

    again = report.sent(sound("INN"))
    await judge.service.receives(again)
    assert ((await judge.last()).state, again.version) == ("in-review", 2)


async def test_a_returned_report_can_be_taken_back_too(judge: Judge) -> None:
    report = Report(WARD, "FIN", "2025-Q4")
    await judge.service.receives(report.sent(sound("FIN", fin04="1.000")))
    await judge.service.receives(report.withdrawal_requested())
    assert await judge.kinds() == ["returned", "withdrawn"]


async def test_a_wish_for_an_unknown_report_is_set_aside_and_can_be_replayed(
    judge: Judge,
) -> None:
    report = Report(WARD, "INN", "2025-Q4")
    sent, wish = report.sent(sound("INN")), report.withdrawal_requested()
    await judge.service.receives(wish)
    assert await judge.told() == []

    await judge.service.receives(sent)
    replay = {"ids": [1], "dry_run": False}
    await judge.client.post(
        "/v1/dead-letters:replay", json=replay, headers=judge.person("operator")
    )
    assert await judge.kinds() == ["passed-rules", "withdrawn"]


async def test_a_version_that_was_there_before_is_set_aside(judge: Judge) -> None:
    sent = Report(WARD, "INN", "2025-Q4").sent(sound("INN"))
    await judge.service.receives(sent, sent.model_copy(update={"submission_no": 2}))
    assert await judge.kinds() == ["passed-rules"]
    async with judge.service.database.unit() as unit:
        causes = await unit.session.scalars(text("SELECT cause FROM dead_letter"))
        assert list(causes) == ["version-repeated"]


async def test_a_wish_to_withdraw_what_counts_waits_for_a_person(judge: Judge) -> None:
    report = Report(WARD, "INN", "2025-Q4")
    await judge.service.receives(report.sent(sound("INN")))
    await judge.decided("approve", report, 1)
    await judge.service.receives(report.withdrawal_requested())
    assert await judge.kinds() == ["passed-rules", "approved"]
    [item] = await judge.queue()
    assert (item["state"], item["withdrawal_requested"]) == ("approved", True)


async def test_sending_again_takes_the_wish_back(judge: Judge) -> None:
    report = Report(WARD, "INN", "2025-Q4")
    await judge.service.receives(report.sent(sound("INN")))
    await judge.decided("approve", report, 1)
    await judge.service.receives(report.withdrawal_requested(), report.sent(sound("INN")))
    [item] = await judge.queue()
    assert (item["state"], item["withdrawal_requested"], item["correction"]) == (
        "in-review",
        False,
        True,
    )
    assert (await judge.decide("withdraw", report, 2)).status_code == 409


async def test_two_reports_of_one_ward_in_one_batch_are_judged_apart(judge: Judge) -> None:
    empty = content({}, {"projects": []})
    events = [Report(WARD, "PIP", period).sent(empty) for period in ("2025-10", "2025-11")]
    events += [Report("26536", "PIP", "2025-10").sent(empty)]
    await judge.service.receives(*events)
    assert await judge.kinds() == ["passed-rules"] * 3
    assert {event.report_id for event in await judge.told()} == {e.report_id for e in events}


async def test_a_correction_leaves_what_counts_until_it_is_approved(judge: Judge) -> None:
    report = Report(WARD, "INN", "2025-Q4")
    await judge.service.receives(report.sent(sound("INN", inn01=10)))
    await judge.decided("approve", report, 1)
    await judge.service.receives(report.sent(sound("INN", inn01=12)))
    told = await judge.last()
    assert (told.state, told.version, told.counted_version) == ("in-review", 2, 1)
    assert told.counted is not None
    assert told.counted.content.values["inn01"] == 10
    await judge.decided("return", report, 2, **REASON)
    told = await judge.last()
    assert (told.state, told.version, told.counted_version) == ("returned", 2, 1)
