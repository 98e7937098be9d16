"""Whatever bytes arrive: one dead letter or one skip each, and the neighbours are applied."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from pydantic_core import to_json
from sqlalchemy import text

from chassis.consumer import Listener
from chassis.database import Database
from chassis.failures import Unprocessable
from chassis.operations.mending import Mender
from chassis.operations.shelf import OPEN
from chassis.records import Record
from chassis.unit import Received, Unit
from tests import bus
from tests.bus import Counted
from tests.service.harness import record

Change = Callable[[Record], Record]


def a_listener() -> Listener:
    listener = Listener("test")
    listener.on(Counted)(bus.apply)
    return listener


def with_header(name: str, value: bytes | None) -> Change:
    def change(whole: Record) -> Record:
        others = tuple((n, v) for n, v in whole.headers if n != name)
        return replace(whole, headers=(*others, (name, value)))

    return change


def without_header(name: str) -> Change:
    return lambda whole: replace(
        whole, headers=tuple(pair for pair in whole.headers if pair[0] != name)
    )


def with_value(value: bytes | None) -> Change:
    return lambda whole: replace(whole, value=value)


def with_data(**data: object) -> Change:
    return with_value(to_json({"name": "bad", "number": 2} | data))


DEAD: dict[str, tuple[Change, str]] = {
    "a null header value": (with_header("ce_id", None), "envelope"),
    "a header value that is no UTF-8": (with_header("ce_id", b"\xff\xfe"), "envelope"),
    "a missing id": (without_header("ce_id"), "envelope"),
    "a missing type": (without_header("ce_type"), "envelope"),
    "an empty source": (with_header("ce_source", b""), "envelope"),
    "another's source": (with_header("ce_source", b"/submission"), "envelope"),
    "a time that is none": (with_header("ce_time", b"yesterday"), "envelope"),
    "an unknown version": (with_header("ce_specversion", b"7"), "envelope"),
    "a NUL in an attribute": (with_header("ce_subject", b"a\x00b"), "envelope"),
    "another content type": (with_header("content-type", b"text/xml"), "envelope"),
    "a topic it does not belong to": (lambda r: replace(r, topic="other"), "envelope"),
    "a structured event that is none": (
        with_header("content-type", b"application/cloudevents+json"),
        "envelope",
    ),
    "no JSON": (with_value(b"<counted/>"), "schema"),
    "an empty value": (with_value(b""), "schema"),
    "bytes that are no UTF-8": (with_value(b'{"name": "\xff", "number": 2}'), "schema"),
    "100,000 nested arrays": (with_value(b"[" * 100_000), "schema"),
    "100,000 nested arrays, closed": (with_value(b"[" * 100_000 + b"]" * 100_000), "schema"),
    "a missing field": (with_value(b'{"name": "bad"}'), "schema"),
    "a field of another type": (with_data(number="many"), "schema"),
    "a float for an integer": (with_data(number=1.5), "schema"),
    "a number of 5,000 digits": (
        with_value(b'{"name": "bad", "number": ' + b"9" * 5_000 + b"}"),
        "schema",
    ),
    "a number that no column takes": (with_data(number=2**63), "handler"),
    "a NUL in a text": (with_data(note="a\x00b"), "handler"),
}

SKIPPED: dict[str, Change] = {
    "a tombstone": with_value(None),
    "an unknown type": with_header("ce_type", b"wardline.test.unknown.v1"),
    "a type for others": with_header("ce_type", b"wardline.report.approved.v1"),
}

APPLIED: dict[str, Change] = {
    "a header that is not ours": with_header("reply_to", b"evil-topic"),
    "a name that is no UTF-8": with_header("\udcff", b"\xff"),
    "a null value of a header that is not ours": with_header("x-trace", None),
    "no key": lambda whole: replace(whole, key=None),
    "no time": without_header("ce_time"),
    "a timestamp before time": lambda whole: replace(whole, timestamp=-(2**62)),
}


async def letters(database: Database) -> list[Any]:
    async with database.unit() as unit:
        rows = await unit.session.execute(text("SELECT * FROM dead_letter ORDER BY id"))
        return list(rows)


async def replay(listener: Listener, number: int, database: Database) -> None:
    await Mender(listener, database, "operator-1", rehearses=False).replay([number], OPEN)


async def deliver(database: Database, change: Change) -> Record:
    """The changed record between two good ones, all of it twice as Kafka may bring it."""
    bad = change(record(Counted(name="bad", number=2)))
    batch = [record(Counted(name="a", number=1)), bad, record(Counted(name="b", number=1))]
    listener = a_listener()
    await listener.process(batch, database)
    await listener.process(batch, database)
    return bad


@pytest.mark.parametrize("what", DEAD)
async def test_a_record_that_cannot_be_read_is_set_aside(database: Database, what: str) -> None:
    change, stage = DEAD[what]

    bad = await deliver(database, change)

    (letter,) = await letters(database)
    assert (letter.record_offset, letter.stage, letter.attempts) == (bad.offset, stage, 2)
    assert await bus.applied(database) == {("a", 1): 1, ("b", 1): 1}


@pytest.mark.parametrize("what", SKIPPED)
async def test_a_record_that_is_no_event_for_us_is_skipped(database: Database, what: str) -> None:
    await deliver(database, SKIPPED[what])

    assert not await letters(database)
    assert await bus.applied(database) == {("a", 1): 1, ("b", 1): 1}


@pytest.mark.parametrize("what", APPLIED)
async def test_what_senders_may_do_changes_nothing(database: Database, what: str) -> None:
    await deliver(database, APPLIED[what])

    assert not await letters(database)
    assert await bus.applied(database) == {("a", 1): 1, ("b", 1): 1, ("bad", 2): 1}


async def test_structured_mode_is_read(database: Database) -> None:
    whole = {
        "specversion": "1.0",
        "id": "1",
        "source": "/test",
        "type": Counted.type,
        "data": {"name": "s", "number": 1},
    }
    plain = replace(
        record(Counted(name="s", number=1)),
        value=to_json(whole),
        headers=(("content-type", b"application/cloudevents+json; charset=utf-8"),),
    )

    await a_listener().process([plain], database)

    assert await bus.applied(database) == {("s", 1): 1}


async def test_a_forged_copy_does_not_release_the_claim_of_the_real_event(
    database: Database,
) -> None:
    real = record(Counted(name="a", number=1))
    forged = replace(real, value=b"{}", offset=real.offset + 1_000_000)
    listener = a_listener()

    await listener.process([real], database)
    await listener.process([forged], database)
    await listener.process([real], database)

    assert await bus.applied(database) == {("a", 1): 1}


async def test_of_two_records_with_one_id_neither_is_lost_when_the_first_fails(
    database: Database,
) -> None:
    real = record(Counted(name="a", number=1))
    forged = replace(real, value=to_json({"name": "a\x00", "number": 1}), offset=real.offset + 1)
    listener = a_listener()

    await listener.process([forged, real], database)

    found = await letters(database)
    assert [letter.record_offset for letter in found] == [forged.offset, real.offset]
    await replay(listener, found[1].id, database)
    assert await bus.applied(database) == {("a", 1): 1}


async def test_a_dead_letter_keeps_the_bytes_and_replays_once(database: Database) -> None:
    mended = False

    async def refuse_until_mended(events: Sequence[Received[Counted]], unit: Unit) -> None:
        if not mended:
            raise Unprocessable(events[0], "not-yet")
        await bus.apply(events, unit)

    listener = Listener("test")
    listener.on(Counted)(refuse_until_mended)
    odd = with_header("\udcff\udcfe", None)(record(Counted(name="a", number=1)))
    await listener.process([odd], database)
    (letter,) = await letters(database)
    assert (letter.key, letter.value) == (odd.key, odd.value)
    assert letter.header_names[-1] == b"\xff\xfe"
    assert letter.header_values[-1] is None
    assert (letter.event_type, letter.subject) == (Counted.type, "a")

    await replay(listener, letter.id, database)
    (again,) = await letters(database)
    assert (again.attempts, again.resolved_at) == (2, None)

    mended = True
    for _ in range(2):
        await replay(listener, letter.id, database)
    (closed,) = await letters(database)
    assert closed.resolved_at is not None
    assert await bus.applied(database) == {("a", 1): 1}


async def test_a_replayed_event_stays_handled_when_kafka_brings_it_again(
    database: Database,
) -> None:
    listener = a_listener()
    bad = with_data(note="a\x00b")(record(Counted(name="bad", number=2)))
    await listener.process([bad], database)
    await replay(listener, 1, database)
    await listener.process([bad], database)

    (letter,) = await letters(database)
    assert (letter.attempts, letter.cause) == (3, "22021")
