"""Records that do harm, made of good ones; and what each reader has to make of them."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Final
from uuid import UUID

from chassis.records import Record
from contracts.registry import READERS
from tests.bus import LZ4
from tests.system.hostile import spoilt

ZSTD: Final = 4
IGNORED, APPLIED, REFUSED = "ignored", "applied", "refused"
NULS: Final = bytes(8 * 1024 * 1024)
ROOM: Final = b" " * 1_000
ENDS_IN: Final = 2**48 - 1
"""The last millisecond that a UUIDv7 can be of, in the year 10889."""


@dataclass(frozen=True, slots=True)
class Crafted:
    """A record, and what becomes of it in every service that reads its topic.

    ``expected`` is a dead letter's cause, or ``ignored``: nothing, as for a copy whose id is that
    of the good record; or ``applied``: once, as an event of its own that changes nothing; or
    ``refused``: the broker does not take it.
    """

    kind: str
    record: Record
    expected: str = IGNORED
    compression: int = LZ4

    @property
    def by_service(self) -> dict[str, str]:
        """``expected`` for each reader."""
        return dict.fromkeys(READERS[self.record.topic], self.expected)


def crafted(good: Record, reply_to: str, random: Random) -> list[Crafted]:
    """All that a hostile writer makes of one good record."""
    made = [
        Crafted(f"spoilt-{number}", one.record, one.cause or IGNORED)
        for number, one in enumerate(spoilt(good, reply_to))
    ]
    made += [*_swollen(good, random), *_numbers(good), *_forged(good, random)]
    return [replace(one, record=roomy(marked(one.record, one.kind))) for one in made]


def roomy(record: Record) -> Record:
    """The record with something that gets smaller: a broker leaves a compressed batch as it is.

    One that it compresses itself comes out with its headers' names mended.
    """
    if not record.headers:
        return record
    return replace(record, headers=(*record.headers, ("room", ROOM)))


def marked(record: Record, kind: str) -> Record:
    """The record with one more header, which tells the checker who wrote it.

    One without any is left as it is: nothing in it could be taken for an event.
    """
    if not record.headers:
        return record
    return replace(record, headers=(*record.headers, ("chaos", kind.encode())))


def renamed(record: Record, event_id: UUID) -> Record:
    """The same event under another id."""
    headers = [(n, str(event_id).encode() if n == "ce_id" else v) for n, v in record.headers]
    return replace(record, headers=tuple(headers))


def _swollen(good: Record, random: Random) -> Iterator[Crafted]:
    value = good.value or b"{}"
    filled = value[:-1] + b',"more":"' + _noise(random, 480_000) + b'"}'
    yield Crafted("half-a-megabyte", replace(good, value=filled), compression=0)
    filled = value[:-1] + b',"more":"' + _noise(random, 1_000_000) + b'"}'
    yield Crafted("megabyte", replace(good, value=filled), REFUSED, compression=0)
    yield Crafted("bomb-lz4", replace(good, value=NULS), "batch-unreadable")
    yield Crafted("bomb-zstd", replace(good, value=NULS), "batch-unreadable", ZSTD)
    yield Crafted("long-key", replace(good, key=b"k" * 100_000))


def _numbers(good: Record) -> Iterator[Crafted]:
    for kind, number in (("NaN", b"NaN"), ("infinite", b"1e999"), ("negative", b"-1")):
        yield Crafted(kind, replace(good, value=b'{"version":' + number + b"}"), "ValidationError")
    digits = b'{"version":' + b"9" * 10_000 + b"}"
    yield Crafted("huge-integer", replace(good, value=digits), "ValidationError")
    yield Crafted("nul", replace(good, value=b'{"report_id":"\\u0000"}'), "ValidationError")
    yield Crafted("nul-raw", replace(good, value=b'{"report_id":"\x00"}'), "ValidationError")


def _forged(good: Record, random: Random) -> Iterator[Crafted]:
    tail = random.getrandbits(80) & ~(0xF << 76) & ~(0x3 << 62) | (0x7 << 76) | (0x2 << 62)
    yield Crafted("forged-future-id", renamed(good, UUID(int=(ENDS_IN << 80) | tail)), APPLIED)
    yield Crafted("old-state-new-id", renamed(good, UUID(int=random.getrandbits(128))), APPLIED)


def _noise(random: Random, size: int) -> bytes:
    """Text that does not get smaller."""
    return b64encode(random.randbytes(size * 3 // 4))
