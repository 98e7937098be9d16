"""E-mail, to a real SMTP server: what goes to whom, and what happens when it does not go."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis import clock
from chassis.pulse import Pulse
from contracts.catalogue import TemplatePublished
from contracts.event import Event
from services.notification.app import SERVICE
from services.notification.email import domain
from services.notification.email.worker import Worker
from services.notification.settings import Settings
from tests import builders
from tests.builders import NOON, Report, content
from tests.service.catcher import Catcher
from tests.service.conftest import Serve
from tests.service.harness import ServiceUnderTest

MINE, OTHER = "26734", "27676"
BODY = content({"inn01": 1})
SECOND = timedelta(seconds=1)


class Time:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.at = NOON + timedelta(hours=1)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def time() -> Iterator[Time]:
    time = Time()
    with clock.set_to(time):
        yield time


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    catcher = Catcher()
    with catcher.listening():
        yield catcher


@pytest.fixture
async def line(serve: Serve, time: Time) -> ServiceUnderTest:
    return await serve(SERVICE)


def postman(line: ServiceUnderTest, catcher: Catcher, **settings: Any) -> Worker:  # noqa: ANN401 - any setting
    chosen = Settings(
        smtp_host="127.0.0.1",
        smtp_port=catcher.port,
        mail_from="Wardline <no-reply@wardline.example>",
        portal_url="https://portal.example",
        mail_backoff_seconds=30,
        **settings,
    )
    return Worker(line.database, chosen, Pulse("test"), chance=lambda: 1.0)


async def write_to(line: ServiceUnderTest, subject: str, *wards: str, **parts: object) -> None:
    contact = {"email": f"{subject}@example.vn", "wants": ["returned", "approved"]} | parts
    token = line.token("ward_officer", *wards, subject=subject)
    answer = await line.client.put("/v1/contacts/me", json=contact, headers=token)
    assert answer.status_code == 200


async def deliveries(line: ServiceUnderTest, query: str = "") -> dict[str, Any]:
    answer = await line.client.get(f"/v1/deliveries{query}", headers=line.token("operator"))
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def approved(ward: str = MINE) -> Event:
    return Report(ward, "INN", "2025-Q4").approved(BODY)


async def test_the_ward_is_mailed_what_it_wants_to_hear(
    line: ServiceUnderTest, catcher: Catcher
) -> None:
    await line.receives(builders.ward(MINE), TemplatePublished(template=builders.template("INN")))
    await write_to(line, "an", MINE)
    await write_to(line, "binh", MINE, OTHER, language="en", wants=["returned", "revoked"])
    await write_to(line, "chi", OTHER)
    report = Report(MINE, "INN", "2025-Q4")
    await line.receives(report.sent(BODY), report.returned(note="Xem lại"), report.approved())

    await postman(line, catcher).turn()

    by_person = sorted(
        (to, mail["subject"].split(":")[0])
        for to, mail in zip(catcher.recipients, catcher.mails, strict=True)
    )
    assert by_person == [
        ("an@example.vn", "Báo cáo bị trả lại"),
        ("an@example.vn", "Báo cáo được duyệt"),
        ("binh@example.vn", "Report returned"),
    ]
    returned = next(m for m in catcher.mails if m["subject"].startswith("Báo cáo bị trả lại"))
    assert builders.template("INN").name.vi in returned["subject"]
    body = returned.get_content()
    assert "Phường Hiệp Bình" in body
    assert "Xem lại" in body
    assert "https://portal.example/reports/26734/INN/2025-Q4" in body
    assert (await deliveries(line))["counts"] == {"sent": 3}


async def test_an_event_that_comes_again_is_mailed_once(
    line: ServiceUnderTest, catcher: Catcher
) -> None:
    await write_to(line, "an", MINE)
    await line.receives(approved())
    await line.receives_again()
    worker = postman(line, catcher)

    await worker.turn()
    await worker.turn()

    assert len(catcher.mails) == 1
    assert (await deliveries(line))["counts"] == {"sent": 1}


async def test_who_left_the_ward_hears_nothing_any_more(
    line: ServiceUnderTest, catcher: Catcher
) -> None:
    await write_to(line, "an", MINE)
    await line.receives(approved())
    # Any request with the new token counts; here before the mail went out.
    await line.client.get("/v1/inbox", headers=line.token("ward_officer", OTHER, subject="an"))

    await postman(line, catcher).turn()
    await line.receives(Report(MINE, "INN", "2026-Q1").approved(BODY))

    assert catcher.mails == []
    assert (await deliveries(line))["counts"] == {"dropped": 1}


async def test_a_refusal_for_now_is_tried_again_later_and_later(
    line: ServiceUnderTest, catcher: Catcher, time: Time
) -> None:
    await write_to(line, "an", MINE)
    await line.receives(approved())
    worker = postman(line, catcher)
    catcher.answers = ["451 greylisted", "451 greylisted"]

    await worker.turn()
    [waiting] = (await deliveries(line))["items"]
    assert (waiting["state"], waiting["attempts"]) == ("pending", 1)
    assert waiting["last_error"] == "smtp-451"
    assert datetime.fromisoformat(waiting["next_attempt_at"]) == time.at + 30 * SECOND

    time.at += 29 * SECOND
    assert await worker.turn() == 0
    time.at += SECOND
    assert await worker.turn() == 1
    time.at += 60 * SECOND
    assert await worker.turn() == 1

    [sent] = (await deliveries(line))["items"]
    assert (sent["state"], sent["attempts"], sent["next_attempt_at"]) == ("sent", 3, None)
    assert len(catcher.mails) == 1


@pytest.mark.parametrize(("answers", "attempts"), [(["550 no such user"], 1), (["450 x"] * 9, 2)])
async def test_a_final_failure_is_seen_by_the_operator(
    line: ServiceUnderTest, catcher: Catcher, time: Time, answers: list[str], attempts: int
) -> None:
    await write_to(line, "an", MINE)
    await line.receives(approved())
    worker = postman(line, catcher, mail_attempts=2)
    catcher.answers = list(answers)

    for _ in range(3):
        await worker.turn()
        time.at += timedelta(hours=1)

    [failed] = (await deliveries(line, "?state=failed"))["items"]
    assert (failed["attempts"], failed["address"]) == (attempts, "a…@example.vn")
    assert failed["last_error"] == f"smtp-{answers[0][:3]}"
    assert catcher.mails == []


async def test_an_unknown_recipient_does_not_hold_up_the_others(
    line: ServiceUnderTest, catcher: Catcher
) -> None:
    await write_to(line, "an", MINE)
    await write_to(line, "binh", MINE)
    await line.receives(approved())
    catcher.unknown = {"an@example.vn"}

    await postman(line, catcher).turn()

    assert catcher.recipients == ["binh@example.vn"]
    assert (await deliveries(line))["counts"] == {"failed": 1, "sent": 1}


async def test_a_dead_server_burns_no_attempts(line: ServiceUnderTest, time: Time) -> None:
    await write_to(line, "an", MINE)
    await line.receives(approved())
    catcher = Catcher()
    with catcher.listening():
        pass
    worker = postman(line, catcher, mail_attempts=2)

    for _ in range(50):
        await worker.turn()
        time.at += timedelta(minutes=1)
    [waiting] = (await deliveries(line))["items"]
    assert (waiting["state"], waiting["attempts"]) == ("pending", 0)

    with catcher.listening():
        time.at += timedelta(minutes=5)
        await worker.turn()
    assert len(catcher.mails) == 1


async def test_a_mail_that_makes_the_server_hang_up_counts_as_tried(
    line: ServiceUnderTest, catcher: Catcher
) -> None:
    await write_to(line, "an", MINE)
    await write_to(line, "binh", MINE)
    await line.receives(approved())
    catcher.answers = ["421 closing"]

    await postman(line, catcher).turn()

    attempts = sorted(item["attempts"] for item in (await deliveries(line))["items"])
    assert attempts == [0, 1]


async def test_a_worker_that_died_leaves_its_mail_to_another(
    line: ServiceUnderTest, catcher: Catcher, time: Time
) -> None:
    await write_to(line, "an", MINE)
    await line.receives(approved())
    dead, other = postman(line, catcher), postman(line, catcher)
    [claimed] = await dead._claim(10)

    assert await other.turn() == 0
    time.at += domain.LEASE
    assert await other.turn() == 1
    # The first one wakes up after all: its verdict does not count.
    await dead._settle(claimed, dead._refused(claimed, "late", final=True), "failed")

    [sent] = (await deliveries(line))["items"]
    assert (sent["state"], sent["attempts"]) == ("sent", 2)


async def test_two_workers_share_the_work(line: ServiceUnderTest, catcher: Catcher) -> None:
    for person in "abcdefghijkl":
        await write_to(line, person, MINE)
    await line.receives(approved())

    first, second = [await postman(line, catcher)._claim(10) for _ in range(2)]

    assert (len(first), len(second)) == (10, 2)
    assert {row.id for row in first}.isdisjoint(row.id for row in second)


async def test_mail_that_nobody_could_send_for_a_week_is_given_up(
    line: ServiceUnderTest, time: Time
) -> None:
    await write_to(line, "an", MINE)
    await line.receives(approved())
    time.at += domain.SENDABLE + SECOND

    await line.does("deliveries-purge")

    [expired] = (await deliveries(line))["items"]
    assert (expired["state"], expired["last_error"]) == ("failed", "expired")
    time.at += timedelta(days=90)
    await line.does("deliveries-purge")
    assert (await deliveries(line))["items"] == []


async def test_only_an_operator_sees_deliveries(line: ServiceUnderTest) -> None:
    for role in ("ward_officer", "ward_leader", "reviewer", "department_leader", "system"):
        answer = await line.client.get("/v1/deliveries", headers=line.token(role, MINE))
        assert answer.status_code == 403


async def test_deliveries_come_in_pages(line: ServiceUnderTest) -> None:
    for person in "abc":
        await write_to(line, person, MINE)
    await line.receives(approved())

    first = await deliveries(line, "?limit=2")
    rest = await deliveries(line, f"?limit=2&cursor={first['next']}")

    assert [len(first["items"]), len(rest["items"])] == [2, 1]
    assert len((await deliveries(line, f"?ward={OTHER}"))["items"]) == 0
