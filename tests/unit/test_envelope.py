"""The envelope: what we write we read, and what cannot be read has a reason."""

import json
from datetime import UTC, datetime
from uuid import UUID, uuid5

import pytest

from contracts.asyncapi import example
from contracts.envelope import FOREIGN_IDS, Envelope, Headers, NotAnEvent, headers, read
from contracts.reports import ReportWithdrawalRequested

EVENT = ReportWithdrawalRequested.model_validate(example(ReportWithdrawalRequested)["data"])
ENVELOPE = Envelope(
    id=UUID("019a8a5e-0000-7000-8000-000000000001"),
    source="/submission",
    type=EVENT.type,
    time=datetime(2025, 11, 14, tzinfo=UTC),
    subject=EVENT.key,
)
WRITTEN = headers(EVENT, ENVELOPE, "http://127.0.0.1:8001/schemas")


def without(name: str) -> Headers:
    return [pair for pair in WRITTEN if pair[0] != name]


def test_what_we_write_we_read() -> None:
    assert read(WRITTEN, b"{}") == (ENVELOPE, b"{}")


def test_an_empty_attribute_is_not_written() -> None:
    assert "ce_causationid" not in dict(WRITTEN)


def test_structured_mode_is_read_as_the_same_event() -> None:
    attributes = {
        "specversion": "1.0",
        "id": str(ENVELOPE.id),
        "source": ENVELOPE.source,
        "type": ENVELOPE.type,
        "time": "2025-11-14T00:00:00Z",
        "subject": ENVELOPE.subject,
        "data": {"a": "ế"},
    }
    whole = json.dumps(attributes).encode()
    found, data = read([("content-type", b"application/cloudevents+json")], whole)
    assert found == ENVELOPE
    assert json.loads(data) == {"a": "ế"}


def test_an_id_of_another_system_becomes_ours_by_its_source() -> None:
    foreign = [*without("ce_id"), ("ce_id", b"42")]
    found, _ = read(foreign, b"{}")
    assert found.id == uuid5(FOREIGN_IDS, "/submission\n42")


def test_headers_of_others_are_left_alone() -> None:
    found, _ = read([*WRITTEN, ("reply_to", b"evil"), ("other", b"\xff")], b"{}")
    assert found == ENVELOPE


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        (without("ce_id"), "missing-attribute"),
        (without("ce_type"), "missing-attribute"),
        (without("ce_source"), "missing-attribute"),
        ([*without("ce_specversion"), ("ce_specversion", b"0.3")], "attribute-value"),
        ([*without("ce_time"), ("ce_time", b"yesterday")], "attribute-value"),
        ([*without("ce_time"), ("ce_time", b"2025-11-14T00:00:00")], "attribute-value"),
        ([*without("ce_subject"), ("ce_subject", b"a\x00b")], "attribute-value"),
        ([*without("ce_type"), ("ce_type", b"\xff\xfe")], "header-encoding"),
        ([*WRITTEN, ("ce_id", b"again")], "duplicate-header"),
        ([*without("content-type"), ("content-type", b"text/xml")], "content-type"),
    ],
)
def test_a_record_that_is_no_event_says_why(pairs: Headers, reason: str) -> None:
    with pytest.raises(NotAnEvent) as refused:
        read(pairs, b"{}")
    assert refused.value.args == (reason,)


@pytest.mark.parametrize("value", [b"", b"[]", b"{", b"[" * 100_000, b"\xff", b'{"a":NaN}'])
def test_a_structured_event_that_is_no_object_says_so(value: bytes) -> None:
    with pytest.raises(NotAnEvent) as refused:
        read([("content-type", b"application/cloudevents+json")], value)
    assert refused.value.args == ("not-json",)
