"""Records that nobody should write, made of good ones; and what has to become of each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from chassis.records import Record

NESTED = b"[" * 100_000 + b"]" * 100_000
NO_TEXT = b"\xff\xfe"
NO_NAME = "\udcff"
"""A header's name that is the byte 0xff."""
ATTRIBUTES = ("ce_specversion", "ce_id", "ce_source", "ce_type")


@dataclass(frozen=True)
class Hostile:
    """A record, and why it is set aside; without a cause it is skipped, or applied once."""

    record: Record
    cause: str = ""


def spoilt(good: Record, reply_to: str) -> list[Hostile]:
    """What a hostile writer makes of one good record; what can be applied of it has its id.

    ``reply_to`` is a topic where the writer wants an answer.
    """
    makers = (_with_odd_headers(good, reply_to), _incomplete(good), _forged(good))
    return [made for maker in (*makers, _with_another_value(good)) for made in maker]


def _with_odd_headers(good: Record, reply_to: str) -> Iterator[Hostile]:
    yield Hostile(_with(good, ce_id=None), "header-encoding")
    yield Hostile(_with(good, ce_type=NO_TEXT), "header-encoding")
    yield Hostile(replace(good, headers=((NO_NAME, None),)), "missing-attribute")
    yield Hostile(_also(good, ("ce_type", b"twice")), "duplicate-header")
    yield Hostile(_also(good, (NO_NAME, NO_TEXT), ("other", None), ("other", NO_TEXT)))
    yield Hostile(_also(good, ("reply_to", reply_to.encode()), ("correlation_id", NO_TEXT)))


def _incomplete(good: Record) -> Iterator[Hostile]:
    for missing in ATTRIBUTES:
        kept = tuple(header for header in good.headers if header[0] != missing)
        yield Hostile(replace(good, headers=kept), "missing-attribute")
    yield Hostile(replace(good, headers=()), "missing-attribute")
    yield Hostile(replace(good, value=None))
    yield Hostile(replace(good, key=None))


def _forged(good: Record) -> Iterator[Hostile]:
    yield Hostile(_with(good, ce_source=b"/elsewhere"), "wrong-writer")
    yield Hostile(_with(good, ce_source=b""), "missing-attribute")
    yield Hostile(_with(good, ce_specversion=b"9.9"), "attribute-value")
    yield Hostile(_with(good, ce_id=b"\x00"), "attribute-value")
    yield Hostile(_with(good, ce_time=b"yesterday"), "attribute-value")
    yield Hostile(_with(good, ce_type=b"wardline.report.exploded.v1"))
    yield Hostile(_with(good, **{"content-type": b"text/html"}), "content-type")


def _with_another_value(good: Record) -> Iterator[Hostile]:
    for value in (b"", b"\xff", b"null", b"{", b"{}", b'{"report_id": NaN}', b"[]", NESTED):
        yield Hostile(replace(good, value=value), "ValidationError")
    structured = _with(good, **{"content-type": b"application/cloudevents+json"})
    for value in (NESTED, NO_TEXT, b"[]"):
        yield Hostile(replace(structured, value=value), "not-json")


def _with(good: Record, **headers: bytes | None) -> Record:
    """The record with other values in these headers."""
    changed = tuple((name, headers.get(name, value)) for name, value in good.headers)
    return replace(good, headers=changed)


def _also(good: Record, *headers: tuple[str, bytes | None]) -> Record:
    """The record with more headers."""
    return replace(good, headers=(*good.headers, *headers))
