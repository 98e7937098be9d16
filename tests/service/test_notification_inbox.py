"""The inbox: from what the service hears to what each person reads."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chassis import clock
from contracts.catalogue import TemplatePublished
from contracts.decisions import Comment, ReportApproved
from services.notification.app import SERVICE
from services.notification.inbox.domain import KEPT
from tests import builders
from tests.builders import NOON, Report, content
from tests.service.conftest import Serve
from tests.service.harness import ServiceUnderTest

MINE, OTHER = "26734", "27676"
BODY = content({"inn01": 1})


@pytest.fixture(autouse=True)
def an_hour_after_noon() -> Iterator[None]:
    with clock.set_to(NOON + timedelta(hours=1)):
        yield


@pytest.fixture
async def line(serve: Serve) -> ServiceUnderTest:
    return await serve(SERVICE)


async def read(line: ServiceUnderTest, role: str, *wards: str, query: str = "") -> dict[str, Any]:
    answer = await line.client.get(f"/v1/inbox{query}", headers=line.token(role, *wards))
    assert answer.status_code == 200, answer.text
    inbox: dict[str, Any] = answer.json()
    return inbox


def kinds(inbox: dict[str, Any]) -> list[str]:
    return [item["kind"] for item in inbox["items"]]


async def test_a_ward_reads_what_became_of_its_report(line: ServiceUnderTest) -> None:
    await line.receives(builders.ward(MINE), TemplatePublished(template=builders.template("INN")))
    report = Report(MINE, "INN", "2025-Q4")
    remark = Comment(pointer="/values/inn01", text="Xem lại")
    await line.receives(
        report.sent(BODY), report.returned(note="Thiếu quý trước", comments=(remark,))
    )

    inbox = await read(line, "ward_officer", MINE)

    assert inbox["unread"] == 2
    returned, received = inbox["items"]
    assert received["kind"] == "received"
    assert returned["title"] == "Báo cáo bị trả lại: " + returned["template"]["name"] + (
        " – Quý IV/2025"
    )
    assert returned["reason"] == {"code": "wrong-figures", "text": "số liệu chưa chính xác"}
    assert returned["note"] == "Thiếu quý trước"
    assert returned["link"] == "/reports/26734/INN/2025-Q4"
    assert returned["ward"] == {"code": MINE, "name": "Phường Hiệp Bình"}
    assert returned["version"] == 1
    assert not returned["read"]


async def test_texts_come_in_the_readers_language_and_codes_stand_for_unknown_names(
    line: ServiceUnderTest,
) -> None:
    await line.receives(Report(MINE, "INN", "2025-Q4").sent(BODY))

    headers = line.token("ward_leader", MINE) | {"Accept-Language": "en"}
    [item] = (await line.client.get("/v1/inbox", headers=headers)).json()["items"]

    assert item["title"] == "Report received: INN – Q4 2025"
    assert item["text"].startswith("Version 1 from 26734 arrived at 12:00 on 03/11/2025")


async def test_each_person_sees_only_what_is_for_them(line: ServiceUnderTest) -> None:
    await line.receives(*(Report(ward, "INN", "2025-Q4").sent(BODY) for ward in (MINE, OTHER)))
    await line.receives(Report(MINE, "DXT", "2025-10").passed(BODY))

    assert kinds(await read(line, "ward_officer", MINE)) == ["received"]
    assert kinds(await read(line, "ward_leader", MINE, OTHER)) == ["received"] * 2
    assert kinds(await read(line, "reviewer")) == ["waiting"]
    for role in ("department_leader", "operator", "system"):
        assert kinds(await read(line, role)) == []
    # The claim of a ward means nothing without a role in it.
    assert kinds(await read(line, "department_leader", MINE)) == []


async def test_no_token_no_inbox(line: ServiceUnderTest) -> None:
    for path in ("/v1/inbox", "/v1/inbox/stream", "/v1/signals/stream", "/v1/contacts/me"):
        assert (await line.client.get(path)).status_code == 401


async def test_the_same_batch_again_tells_nothing_new(line: ServiceUnderTest) -> None:
    report = Report(MINE, "INN", "2025-Q4")
    await line.receives(report.sent(BODY), report.passed(), report.approved())
    before = await read(line, "ward_officer", MINE)

    await line.receives_again()

    assert await read(line, "ward_officer", MINE) == before
    assert kinds(before) == ["approved", "received"]


async def test_a_verdict_is_read_after_its_report_however_a_batch_is_ordered(
    line: ServiceUnderTest,
) -> None:
    report = Report(MINE, "INN", "2025-Q4")
    sent, returned = report.sent(BODY), report.returned()

    await line.receives(returned, sent)

    assert kinds(await read(line, "ward_officer", MINE)) == ["returned", "received"]


async def test_a_read_mark_belongs_to_the_person(line: ServiceUnderTest) -> None:
    await line.receives(Report(MINE, "INN", "2025-Q4").sent(BODY))
    [item] = (await read(line, "ward_officer", MINE))["items"]
    path = f"/v1/inbox/{item['id']}/read"

    for _ in range(2):
        answer = await line.client.post(path, headers=line.token("ward_officer", MINE))
        assert answer.json() == {"id": item["id"], "read": True, "unread": 0}

    mine = await read(line, "ward_officer", MINE)
    assert mine["items"][0]["read"]
    assert kinds(await read(line, "ward_officer", MINE, query="?unread=true")) == []
    assert (await read(line, "ward_leader", MINE))["unread"] == 1


async def test_nobody_marks_what_is_not_theirs(line: ServiceUnderTest) -> None:
    await line.receives(Report(MINE, "INN", "2025-Q4").sent(BODY))
    [item] = (await read(line, "ward_officer", MINE))["items"]

    for caller in (line.token("ward_officer", OTHER), line.token("reviewer")):
        answer = await line.client.post(f"/v1/inbox/{item['id']}/read", headers=caller)
        assert answer.status_code == 404
    answer = await line.client.post("/v1/inbox/7/read", headers=line.token("ward_officer", MINE))
    assert answer.status_code == 422


async def test_reviewers_have_one_item_for_what_waits_together(line: ServiceUnderTest) -> None:
    first, second = Report(MINE, "INN", "2025-Q4"), Report(OTHER, "INN", "2025-Q4")
    await line.receives(first.passed(BODY))
    await line.receives(second.passed(BODY))

    [item] = (await read(line, "reviewer"))["items"]
    assert (item["reports"], item["withdrawals"]) == (2, 0)
    assert item["link"] == "/reviews?template=INN&period=2025-Q4"

    await line.client.post(f"/v1/inbox/{item['id']}/read", headers=line.token("reviewer"))
    await line.receives(first.approved())
    after = await read(line, "reviewer")
    [fewer] = after["items"]
    assert (fewer["id"], fewer["reports"], after["unread"]) == (item["id"], 1, 0)

    await line.receives(second.returned())
    assert kinds(await read(line, "reviewer")) == []

    await line.receives(second.passed(BODY))
    again = await read(line, "reviewer")
    assert (again["items"][0]["id"], again["unread"]) == (item["id"], 1)


async def test_a_request_to_withdraw_waits_while_the_report_counts(line: ServiceUnderTest) -> None:
    report = Report(MINE, "INN", "2025-Q4")
    approved = report.approved(BODY)
    asked = report.withdrawal_requested().model_copy(
        update={"requested_at": approved.decided_at + timedelta(minutes=1)}
    )
    # The two topics have no order between them.
    await line.receives(asked)
    assert kinds(await read(line, "reviewer")) == []
    await line.receives(approved)
    [item] = (await read(line, "reviewer"))["items"]
    assert (item["reports"], item["withdrawals"]) == (0, 1)

    await line.receives(report.refused(decided_at=asked.requested_at + timedelta(minutes=1)))

    assert kinds(await read(line, "reviewer")) == []
    assert kinds(await read(line, "ward_officer", MINE)) == ["withdrawal-refused", "approved"]


async def test_who_sends_again_asks_no_more(line: ServiceUnderTest) -> None:
    report = Report(MINE, "INN", "2025-Q4")
    approved = report.approved(BODY)
    after = approved.decided_at + timedelta(minutes=1)
    asked = report.withdrawal_requested().model_copy(update={"requested_at": after})
    sent = report.sent(content({"inn01": 2}))

    await line.receives(approved, sent)
    await line.receives(asked)

    assert kinds(await read(line, "reviewer")) == []


async def test_an_old_decision_does_not_put_a_report_back_in_the_queue(
    line: ServiceUnderTest,
) -> None:
    report = Report(MINE, "INN", "2025-Q4")
    passed, approved = report.passed(BODY), report.approved()

    await line.receives(approved)
    await line.receives(passed)

    assert kinds(await read(line, "reviewer")) == []


async def test_lists_are_filtered_and_paged_while_items_leave(line: ServiceUnderTest) -> None:
    for period in ("2025-Q3", "2025-Q4"):
        await line.receives(*(Report(ward, "INN", period).sent(BODY) for ward in (MINE, OTHER)))
    both = (MINE, OTHER)

    first = await read(line, "ward_officer", *both, query="?limit=3")
    rest = await read(line, "ward_officer", *both, query=f"?limit=3&cursor={first['next']}")
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [3, 1, None]
    assert len({item["id"] for item in first["items"] + rest["items"]}) == 4

    for query, expected in (
        (f"?ward={MINE}", 2),
        ("?period=2025-Q4", 2),
        (f"?ward={OTHER}&period=2025-Q3", 1),
        ("?template=FIN", 0),
        ("?kind=approved", 0),
    ):
        assert len((await read(line, "ward_officer", *both, query=query))["items"]) == expected

    for query in ("?limit=501", "?cursor=x", "?ward=1", "?unread=perhaps"):
        answer = await line.client.get(
            f"/v1/inbox{query}", headers=line.token("ward_officer", MINE)
        )
        assert answer.status_code == 422


async def test_an_unchanged_inbox_is_not_sent_again(line: ServiceUnderTest) -> None:
    await line.receives(Report(MINE, "INN", "2025-Q4").sent(BODY))
    headers = line.token("ward_officer", MINE)
    tag = (await line.client.get("/v1/inbox", headers=headers)).headers["etag"]

    again = await line.client.get("/v1/inbox", headers=headers | {"If-None-Match": tag})

    assert again.status_code == 304


async def test_notices_go_after_90_days_but_not_what_still_waits(line: ServiceUnderTest) -> None:
    report = Report(MINE, "INN", "2025-Q4")
    await line.receives(report.sent(BODY), report.passed())
    with clock.set_to(NOON + KEPT + timedelta(days=1)):
        await line.does("notices-purge")
        assert kinds(await read(line, "reviewer")) == ["waiting"]
        old = ReportApproved.model_validate(report.approved())
        await line.receives(old)

    assert kinds(await read(line, "ward_officer", MINE)) == []
    assert kinds(await read(line, "reviewer")) == []
