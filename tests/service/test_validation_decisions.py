"""What people decide: both tracks, refusals with their reasons, keys, many at once."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from chassis import clock, keyed
from contracts.decisions import ApprovalRevoked, ReportApproved, ReportReturned, WithdrawalRefused
from tests.asking import problem
from tests.builders import Report, content
from tests.service.conftest import Serve
from tests.unit.sound_bodies import project
from tests.validating import OTHER_WARD, REASON, WARD, Judge, id_of, opened, sound


@pytest.fixture
async def judge(serve: Serve) -> Judge:
    return await opened(serve)


@pytest.fixture
async def report(judge: Judge) -> Report:
    """In review: version 1 of an innovation report."""
    report = Report(WARD, "INN", "2025-Q4")
    await judge.service.receives(report.sent(sound("INN", inn01=10)))
    return report


async def test_an_approval_says_who_and_when(judge: Judge, report: Report) -> None:
    standing = await judge.decided("approve", report, 1, note="  Đạt. ")
    assert (standing["state"], standing["counted_version"]) == ("approved", 1)
    told = await judge.last()
    assert isinstance(told, ReportApproved)
    assert (told.decided_by, told.note, told.decision_no) == ("reviewer-1", "Đạt.", 2)
    assert told.decided_at is not None
    found = await judge.review(report)
    assert [(d["kind"], d["decided_by"]) for d in found["history"]] == [
        ("approved", "reviewer-1"),
        ("passed-rules", None),
    ]


async def test_a_superseded_version_is_not_approved(judge: Judge, report: Report) -> None:
    await judge.service.receives(report.sent(sound("INN", inn01=12)))
    answer = problem(await judge.decide("approve", report, 1), 409, "superseded")
    assert (answer["current_version"], answer["state"]) == (2, "in-review")
    await judge.decided("approve", report, 2)


async def test_4_corrections_and_revocations_leave_one_version_or_none(
    judge: Judge, report: Report
) -> None:
    await judge.decided("approve", report, 1)
    await judge.service.receives(report.sent(sound("INN", inn01=12)))
    assert (await judge.last()).counted_version == 1
    await judge.decided("approve", report, 2)
    assert (await judge.last()).counted_version == 2

    await judge.decided("revoke", report, 2, **REASON)
    told = await judge.last()
    assert isinstance(told, ApprovalRevoked)
    assert (told.counted_version, told.revoked_version, told.state) == (None, 2, "revoked")

    await judge.service.receives(report.sent(sound("INN", inn01=12)))
    assert (await judge.last()).counted_version is None
    await judge.decided("approve", report, 3)
    told = await judge.last()
    assert (told.counted_version, told.counted) == (3, None)


async def test_a_revocation_leaves_the_correction_in_review(judge: Judge, report: Report) -> None:
    await judge.decided("approve", report, 1)
    await judge.service.receives(report.sent(sound("INN", inn01=12)))
    refused = problem(await judge.decide("revoke", report, 2, **REASON), 409, "superseded")
    assert refused["counted_version"] == 1
    await judge.decided("revoke", report, 1, **REASON)
    told = await judge.last()
    assert (told.state, told.version, told.counted_version) == ("in-review", 2, None)
    assert [item["version"] for item in await judge.queue()] == [2]


async def test_a_return_carries_code_note_and_comments(judge: Judge, report: Report) -> None:
    comments = [{"pointer": "/values/inn01", "text": "Thiếu sáng kiến quý IV."}]
    await judge.decided("return", report, 1, **REASON, comments=comments)
    told = await judge.last()
    assert isinstance(told, ReportReturned)
    assert (told.code, told.note) == (REASON["code"], REASON["note"])
    assert [comment.model_dump() for comment in told.comments] == comments
    problem(await judge.decide("approve", report, 1), 409, "not-in-review")


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"note": "x"}, "/code"),
        ({"code": "no-such-code", "note": "x"}, "/code"),
        ({"code": "rule-errors", "note": "x"}, "/code"),
        ({"code": "other"}, "/note"),
        ({"code": "other", "note": "   "}, "/note"),
        (
            {**REASON, "comments": [{"pointer": "/values/nowhere", "text": "?"}]},
            "/comments/0/pointer",
        ),
    ],
)
async def test_a_return_needs_its_reason(
    judge: Judge, report: Report, said: dict[str, object], pointer: str
) -> None:
    answer = problem(await judge.decide("return", report, 1, **said), 422, "invalid")  # type: ignore[arg-type] # what was said
    assert [error["pointer"] for error in answer["errors"]] == [pointer]


@pytest.mark.parametrize("said", [{"code": "other"}, {"comments": [{"pointer": "", "text": "x"}]}])
async def test_nothing_is_dropped_in_silence(
    judge: Judge, report: Report, said: dict[str, object]
) -> None:
    answer = await judge.decide("approve", report, 1, **said)  # type: ignore[arg-type] # what was said
    assert problem(answer, 422, "invalid")["errors"][0]["code"] == "not-accepted"


async def test_nobody_decides_on_what_they_sent(judge: Judge, report: Report) -> None:
    mine = await judge.decide("approve", report, 1, name="officer-1")
    assert problem(mine, 403, "own-report")["detail"].startswith("Bạn đã gửi")
    path = f"/v1/reviews/{id_of(report)}"
    answer = await judge.client.get(path, headers=judge.person(name="officer-1"))
    by_name = {action["action"]: action for action in answer.json()["allowed_actions"]}
    assert by_name["approve"]["reason"]["code"] == "own-report"
    assert by_name["return"]["reason"]["code"] == "own-report"
    assert by_name["revoke"]["reason"]["code"] == "nothing-counted"


async def test_a_withdrawal_is_granted(judge: Judge, report: Report) -> None:
    await judge.decided("approve", report, 1)
    problem(await judge.decide("withdraw", report, 1), 409, "no-withdrawal")
    await judge.service.receives(report.withdrawal_requested())
    own = await judge.decide("withdraw", report, 1, name="officer-1")
    problem(own, 403, "own-report")
    await judge.decided("withdraw", report, 1, note="Theo đề nghị.")
    told = await judge.last()
    assert isinstance(told, ApprovalRevoked)
    assert (told.code, told.state, told.counted_version) == (
        "withdrawn-by-ward",
        "withdrawn",
        None,
    )
    assert await judge.queue() == []


async def test_a_withdrawal_is_refused(judge: Judge, report: Report) -> None:
    await judge.decided("approve", report, 1)
    await judge.service.receives(report.withdrawal_requested())
    await judge.decided("refuse-withdrawal", report, 1, note="Số liệu đã công bố.")
    told = await judge.last()
    assert isinstance(told, WithdrawalRefused)
    assert (told.state, told.counted_version, told.note) == ("approved", 1, "Số liệu đã công bố.")
    assert await judge.queue() == []


async def test_a_key_gives_the_same_answer_again(judge: Judge, report: Report) -> None:
    first = await judge.decide("approve", report, 1, key="k-1")
    again = await judge.decide("approve", report, 1, key="k-1")
    assert (again.status_code, again.json()) == (200, first.json())
    assert await judge.kinds() == ["passed-rules", "approved"]
    other = await judge.decide("approve", report, 1, key="k-1", note="khác")
    problem(other, 422, "idempotency-key-reused")
    someone_else = await judge.decide("approve", report, 1, key="k-1", name="reviewer-2")
    problem(someone_else, 409, "not-in-review")


async def test_a_key_is_forgotten_after_a_month(judge: Judge, report: Report) -> None:
    await judge.decide("approve", report, 1, key="k-1")
    for days, status in ((29, 200), (31, 409)):
        with clock.set_to(clock.now() + timedelta(days=days)):
            async with judge.service.database.unit() as unit:
                await keyed.forget_old(unit)
        assert (await judge.decide("approve", report, 1, key="k-1")).status_code == status


async def test_a_refusal_does_not_use_the_key_up(judge: Judge, report: Report) -> None:
    problem(await judge.decide("approve", report, 2, key="k-2"), 409, "superseded")
    await judge.service.receives(report.sent(sound("INN", inn01=12)))
    assert (await judge.decide("approve", report, 2, key="k-2")).status_code == 200


async def test_two_reviewers_at_once_decide_once(judge: Judge, report: Report) -> None:
    names = ("reviewer-1", "reviewer-2")
    answers = await asyncio.gather(*(judge.decide("approve", report, 1, name=n) for n in names))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert await judge.kinds() == ["passed-rules", "approved"]


async def test_an_approval_and_a_new_version_at_once_leave_one_truth(
    judge: Judge, report: Report
) -> None:
    correction = report.sent(sound("INN", inn01=12))
    answer, _ = await asyncio.gather(
        judge.decide("approve", report, 1), judge.service.receives(correction)
    )
    told = await judge.last()
    if answer.status_code == 200:
        assert (told.version, told.counted_version) == (2, 1)
    else:
        problem(answer, 409, "superseded")
        assert (told.version, told.counted_version) == (2, None)


async def test_a_decision_that_no_event_can_carry_is_refused(judge: Judge) -> None:
    rows = [project(f"DA{n}", "NSTP", "5", "1", "2", "3", "3") for n in range(125)]
    body = content({}, {"projects": [{**row, "pip13": "Đ" * 1000} for row in rows]})
    report = Report(WARD, "PIP", "2025-10")
    await judge.service.receives(report.sent(body))
    comment = {"pointer": "/lists/projects", "text": "Đ" * 1000}
    answer = await judge.decide("return", report, 1, **REASON, comments=[comment] * 100)
    problem(answer, 422, "decision-too-large")
    assert (await judge.review(report))["state"] == "in-review"


async def test_many_at_once_each_get_an_answer(judge: Judge, report: Report) -> None:
    other = Report(OTHER_WARD, "INN", "2025-Q4")
    await judge.service.receives(other.sent(sound("INN")), other.sent(sound("INN", inn01=11)))
    items = [
        {"report_id": str(id_of(report)), "version": 1},
        {"report_id": str(id_of(other)), "version": 1},
        {"report_id": str(uuid4()), "version": 1},
        {"report_id": str(id_of(report)), "version": 1},
    ]
    headers = judge.person() | {"Idempotency-Key": "bulk"}
    sent = {"items": items, "note": "Đạt"}
    first = await judge.client.post("/v1/reviews:approve", json=sent, headers=headers)
    found = first.json()["items"]
    assert [item["status"] for item in found] == [200, 409, 404, 409]
    assert found[0]["review"]["state"] == "approved"
    assert found[1]["problem"]["type"] == "/problems/superseded"
    assert found[3]["problem"]["type"] == "/problems/not-in-review"
    again = await judge.client.post("/v1/reviews:approve", json=sent, headers=headers)
    assert again.json() == first.json()
    assert (await judge.kinds()).count("approved") == 1
