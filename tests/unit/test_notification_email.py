"""What a mail says, addresses, back-off, the circuit, and the fan-out of streams."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from uuid import UUID

import pytest

from chassis.problems import Problem
from contracts.template import Text
from services.notification.contacts import domain as contacts
from services.notification.email import domain
from services.notification.email.domain import CLAIMED_AT_ONCE, Circuit, Mail
from services.notification.settings import Settings
from services.notification.streams import hub as hubs
from services.notification.streams.hub import BUFFER, Hub
from services.notification.texts.domain import Matter
from tests.builders import NOON

DELIVERY = UUID("0192f7a4-0000-7000-8000-000000000001")
SECOND = timedelta(seconds=1)


def a_mail(language: str = "vi", note: str = "Xem lại mục 3.") -> Mail:
    matter = Matter(
        "returned",
        Text(vi="Hoạt động đổi mới sáng tạo", en="Innovation activity"),
        "2025-Q4",
        "HC_15_14",
        "Phường Hiệp Bình",
        {"version": 2, "code": "wrong-figures", "note": note, "at": NOON.isoformat()},
    )
    return Mail(DELIVERY, "an@example.vn", language, matter, "/reports/26734/INN/2025-Q4", NOON)


def written(mail: Mail) -> bytes:
    return bytes(domain.message(mail, "Wardline <no-reply@wardline.example>", "https://portal"))


def test_a_mail_is_plain_text_whose_subject_is_encoded() -> None:
    raw = written(a_mail())
    read = message_from_bytes(raw, policy=default)

    assert b"Subject: =?utf-8?" in raw
    assert read["subject"] == "Báo cáo bị trả lại: Hoạt động đổi mới sáng tạo – Quý IV/2025"
    assert read["to"] == "an@example.vn"
    assert read["message-id"] == f"<{DELIVERY}@wardline.example>"
    assert read["auto-submitted"] == "auto-generated"
    body = read.get_content()
    assert "Kính gửi Phường Hiệp Bình" in body
    assert "Lý do: số liệu chưa chính xác." in body
    assert "Ghi chú của người thẩm định: Xem lại mục 3." in body
    assert "https://portal/reports/26734/INN/2025-Q4" in body


def test_every_attempt_sends_the_same_bytes() -> None:
    assert written(a_mail()) == written(a_mail())


def test_a_note_cannot_write_headers_or_templates() -> None:
    note = "$link\r\nBcc: everyone@example.vn"
    read = message_from_bytes(written(a_mail("en", note)), policy=default)

    assert read["bcc"] is None
    assert "The reviewer's note: $link" in read.get_content()


def test_waits_double_up_to_an_hour_and_are_spread() -> None:
    waits = [domain.wait(attempts, 30 * SECOND, 1.0) for attempts in (1, 2, 3, 20)]

    assert waits == [30 * SECOND, 60 * SECOND, 120 * SECOND, timedelta(hours=1)]
    assert domain.wait(1, 30 * SECOND, 0.0) == 15 * SECOND


def test_a_server_that_is_away_is_asked_seldom_and_once() -> None:
    circuit = Circuit(10 * SECOND)
    assert circuit.allows(NOON) == CLAIMED_AT_ONCE

    assert circuit.failed(NOON, 1.0) == NOON + 10 * SECOND
    assert circuit.allows(NOON + 9 * SECOND) == 0
    assert circuit.allows(NOON + 10 * SECOND) == 1
    assert circuit.failed(NOON, 1.0) == NOON + 20 * SECOND

    circuit.answered()
    assert circuit.allows(NOON) == CLAIMED_AT_ONCE
    assert circuit.failed(NOON, 1.0) == NOON + 10 * SECOND


@pytest.mark.parametrize("text", ["an@example.vn", "  ward.office+bc@THUDUC.gov.vn "])
def test_addresses_that_mail_servers_take(text: str) -> None:
    kept = contacts.address(text)

    assert kept is not None
    assert kept == kept.strip()
    assert kept.endswith(("@example.vn", "@thuduc.gov.vn"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "an",
        "an@",
        "an@example",
        "an @example.vn",
        "an@example.vn, bình@example.vn",
        "an@example.vn\r\nBcc: x@example.vn",
        "<an@example.vn>",
        "án@example.vn",
        "a" * 65 + "@example.vn",
        "an@" + "a" * 250 + ".vn",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert contacts.address(text) is None


def test_an_operator_sees_whose_server_it_is_and_no_more() -> None:
    assert contacts.masked("nguyen.van.an@thuduc.gov.vn") == "n…@thuduc.gov.vn"
    assert contacts.masked(None) is None


def test_a_sender_that_is_none_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="mail_from"):
        Settings(mail_from="Wardline")


class Line:
    """An entry of a log."""

    def __init__(self, position: int, audience: str = "ward:26734") -> None:
        self.position, self.audience = position, audience

    def frame(self, language: str) -> bytes:
        return f"{language}{self.position}".encode()


async def test_a_reader_hears_what_is_for_them_from_where_they_came() -> None:
    hub = Hub("notice")
    hub.begin(7)
    reader = hub.subscribe(["ward:26734", "role:reviewer"])

    hub.publish([Line(8), Line(9, "ward:00001"), Line(10, "role:reviewer")])

    assert reader.since == 7
    heard = [await reader.next(0.01) for _ in range(3)]
    assert [entry and entry.position for entry in heard] == [8, 10, None]
    assert hub.position == 10


async def test_a_slow_reader_is_dropped_and_takes_no_more_memory() -> None:
    hub = Hub("notice")
    reader = hub.subscribe(["ward:26734"])

    hub.publish([Line(position) for position in range(1, BUFFER + 10)])

    assert reader.ended
    assert await reader.next(0.01) is None
    hub.leave(reader)


async def test_there_is_an_end_to_how_many_may_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "MOST_STREAMS", 1)
    hub = Hub("notice")
    first = hub.subscribe(["role:reviewer"])
    with pytest.raises(Problem, match="too-many-streams"):
        hub.subscribe(["role:reviewer"])

    hub.leave(first)

    hub.subscribe(["role:reviewer"])
