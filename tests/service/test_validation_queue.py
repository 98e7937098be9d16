"""The review queue over HTTP: what waits, in which order, and one report in full."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from chassis import clock
from tests.asking import problem
from tests.builders import Report
from tests.service.conftest import Serve
from tests.validating import OTHER_WARD, REASON, WARD, Judge, id_of, opened, sound

MORNING = datetime(2026, 1, 5, 1, tzinfo=UTC)


@pytest.fixture
async def judge(serve: Serve) -> Judge:
    return await opened(serve)


async def arrive(judge: Judge, *reports: Report, code: str = "INN", **values: object) -> None:
    """Each report a minute after the one before."""
    for minute, report in enumerate(reports):
        with clock.set_to(MORNING + timedelta(minutes=minute)):
            await judge.service.receives(report.sent(sound(code, **values)))


async def page(judge: Judge, **params: object) -> dict[str, Any]:
    query = {name: str(value) for name, value in params.items()}
    answer = await judge.client.get("/v1/reviews", params=query, headers=judge.person())
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_oldest_comes_first_with_its_age_and_findings(judge: Judge) -> None:
    report = Report(WARD, "IP", "2025-H2")
    body = sound("IP", ip08=31).model_copy(update={"explanations": {"IP-W1": "Đ" * 20}})
    with clock.set_to(MORNING):
        await judge.service.receives(report.sent(body))
    with clock.set_to(MORNING + timedelta(hours=1)):
        await judge.service.receives(Report(OTHER_WARD, "IP", "2025-H2").sent(sound("IP")))
        first, second = await judge.queue()
    assert (first["ward_code"], first["age_seconds"], first["findings"]) == (WARD, 3600, {"W": 1})
    assert (second["age_seconds"], second["findings"], second["correction"]) == (0, {}, False)
    assert first["period"]["label"]["vi"] == "6 tháng cuối năm 2025"


async def test_pages_stay_true_while_items_leave(judge: Judge) -> None:
    periods = ("2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3")
    reports = [Report(WARD, "INN", period) for period in periods]
    await arrive(judge, *reports)
    first = await page(judge, limit=2)
    assert [item["period"]["code"] for item in first["items"]] == ["2025-Q3", "2025-Q4"]
    await judge.decided("approve", reports[0], 1)
    second = await page(judge, limit=2, cursor=first["next"])
    assert [item["period"]["code"] for item in second["items"]] == ["2026-Q1", "2026-Q2"]
    third = await page(judge, limit=2, cursor=second["next"])
    assert ([item["period"]["code"] for item in third["items"]], third["next"]) == (
        ["2026-Q3"],
        None,
    )


async def test_filters(judge: Judge) -> None:
    mine, other = Report(WARD, "INN", "2025-Q4"), Report(OTHER_WARD, "INN", "2025-Q3")
    await arrive(judge, mine, other)
    await arrive(judge, Report(WARD, "DXT", "2025-10"), code="DXT")
    await judge.decided("approve", mine, 1)
    assert {item["template_code"] for item in await judge.queue()} == {"INN", "DXT"}
    assert len(await judge.queue(template="DXT")) == 1
    assert len(await judge.queue(period="2025-Q3")) == 1
    assert len(await judge.queue(ward=OTHER_WARD)) == 1
    assert len(await judge.queue(ward=OTHER_WARD, template="DXT")) == 0
    assert [item["report_id"] for item in await judge.queue(state="approved")] == [str(id_of(mine))]
    await judge.service.receives(mine.withdrawal_requested())
    asked = await judge.queue(state="withdrawal-requested")
    assert [item["report_id"] for item in asked] == [str(id_of(mine))]
    assert len(await judge.queue(state="in-review")) == 2


async def test_a_bad_cursor_and_too_large_a_page_are_refused(judge: Judge) -> None:
    for query in ("cursor=!!", "limit=501"):
        answer = await judge.client.get(f"/v1/reviews?{query}", headers=judge.person())
        problem(answer, 422, "invalid")


async def test_the_summary_counts_by_template(judge: Judge) -> None:
    report = Report(WARD, "INN", "2025-Q4")
    await arrive(judge, report, Report(OTHER_WARD, "INN", "2025-Q3"))
    await judge.decided("approve", report, 1)
    await judge.service.receives(report.sent(sound("INN", inn01=11)))
    answer = await judge.client.get("/v1/reviews/summary", headers=judge.person())
    [found] = answer.json()["items"]
    oldest = datetime.fromisoformat(found.pop("oldest_queued_at"))
    assert oldest == MORNING + timedelta(minutes=1)
    assert found == {
        "template_code": "INN",
        "in_review": 2,
        "corrections": 1,
        "with_warnings": 0,
        "withdrawal_requests": 0,
    }
    path = "/v1/reviews/summary?period=2025-Q3"
    answer = await judge.client.get(path, headers=judge.person())
    assert [item["in_review"] for item in answer.json()["items"]] == [1]


async def test_reads_are_tagged(judge: Judge) -> None:
    report = Report(WARD, "INN", "2025-Q4")
    await arrive(judge, report)
    paths = ("/v1/reviews", "/v1/reviews/summary", f"/v1/reviews/{id_of(report)}")

    async def read(path: str, tag: str = "") -> httpx.Response:
        headers = judge.person() | {"If-None-Match": tag}
        return await judge.client.get(path, headers=headers)

    tags = {path: (await read(path)).headers["etag"] for path in paths}
    assert {(await read(path, tag)).status_code for path, tag in tags.items()} == {304}
    await judge.decided("approve", report, 1)
    assert {(await read(path, tag)).status_code for path, tag in tags.items()} == {200}


async def test_one_report_says_what_changed_since_a_person_saw_it(judge: Judge) -> None:
    report = Report(WARD, "INN", "2025-Q4")
    await arrive(judge, report, inn01=10)
    assert (await judge.review(report))["changes"] is None
    await judge.decided("return", report, 1, **REASON)
    too_many = report.sent(sound("INN", inn01=1))  # the rules return it: no person saw it
    await judge.service.receives(too_many, report.sent(sound("INN", inn01=12, inn08=3)))
    found = await judge.review(report)
    assert found["changes"] == {
        "version": 1,
        "items": [
            {"pointer": "/values/inn01", "before": 10, "after": 12},
            {"pointer": "/values/inn08", "before": 2, "after": 3},
        ],
    }
    assert found["content"]["values"]["inn01"] == 12
    kinds = [decision["kind"] for decision in found["history"]]
    assert kinds == ["passed-rules", "returned", "returned", "passed-rules"]
    assert found["history"][2]["note"] == REASON["note"]


async def test_an_approved_correction_is_compared_with_what_it_replaces(judge: Judge) -> None:
    report = Report(WARD, "INN", "2025-Q4")
    await arrive(judge, report, inn01=10)
    await judge.decided("approve", report, 1)
    await judge.service.receives(report.sent(sound("INN", inn01=12)))
    found = await judge.review(report)
    assert (found["state"], found["counted_version"]) == ("in-review", 1)
    assert found["changes"]["items"] == [{"pointer": "/values/inn01", "before": 10, "after": 12}]


async def test_what_nobody_sent_is_not_found(judge: Judge) -> None:
    report = Report(WARD, "INN", "2025-Q4")
    path = f"/v1/reviews/{id_of(report)}"
    problem(await judge.client.get(path, headers=judge.person()), 404, "not-found")
    problem(await judge.decide("approve", report, 1), 404, "not-found")


async def test_allowed_actions_follow_the_report(judge: Judge) -> None:
    report = Report(WARD, "INN", "2025-Q4")
    await arrive(judge, report)

    async def allowed() -> set[str]:
        actions = (await judge.review(report))["allowed_actions"]
        return {action["action"] for action in actions if action["allowed"]}

    assert await allowed() == {"approve", "return"}
    await judge.decided("approve", report, 1)
    assert await allowed() == {"revoke"}
    await judge.service.receives(report.withdrawal_requested())
    assert await allowed() == {"revoke", "withdraw", "refuse-withdrawal"}
    leader = (await judge.review(report, role="department_leader"))["allowed_actions"]
    assert {action["reason"]["code"] for action in leader} == {"another-role"}


async def test_metrics_say_what_waits_and_since_when(judge: Judge) -> None:
    await arrive(judge, Report(WARD, "INN", "2025-Q4"), Report(OTHER_WARD, "INN", "2025-Q4"))

    with clock.set_to(MORNING + timedelta(hours=1)):
        await judge.service.does("review-queue-measure")

    def shown(name: str, template: str) -> float | None:
        return REGISTRY.get_sample_value(name, {"template": template})

    assert shown("reports_awaiting_review", "INN") == 2
    assert shown("review_oldest_age_seconds", "INN") == 3600
    assert shown("reports_awaiting_review", "DXT") == shown("review_oldest_age_seconds", "DXT") == 0
