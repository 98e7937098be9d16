"""Reads Kafka's log files record by record: no client, and no opinion about what stands in them."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import cramjam

from tests.chaos.checker.evidence import TOPICS, Place

BATCH: Final = struct.Struct(">qiibIhiqqqhii")
LENGTH_AT: Final = 12
"""Where a batch's own length begins to count."""
COMPRESSION, CONTROL = 0x07, 0x20
PLAIN, LZ4, ZSTD = 0, 3, 4

Headers = tuple[tuple[bytes, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class Raw:
    """One record as it lies on the disk; ``timestamp`` in seconds."""

    place: Place
    timestamp: float
    key: bytes | None
    value: bytes | None
    headers: Headers

    @property
    def digest(self) -> str:
        """Tells it from others, whatever place it has."""
        parts = [self.key, self.value]
        for name, value in self.headers:
            parts += [name, value]
        return sha256(repr(parts).encode()).hexdigest()


def records(logs: Path) -> Iterator[Raw]:
    """Every record of the line's topics that lies below a broker's log directory."""
    for directory in sorted(logs.iterdir()):
        topic, _, number = directory.name.rpartition("-")
        if topic in TOPICS:
            for segment in sorted(directory.glob("*.log")):
                yield from batches(topic, int(number), segment.read_bytes())


def batches(topic: str, partition: int, segment: bytes) -> Iterator[Raw]:
    """The records of one segment; a last batch that is not whole ends it."""
    at = 0
    while at + BATCH.size <= len(segment):
        head = BATCH.unpack_from(segment, at)
        end = at + LENGTH_AT + head[1]
        if head[1] <= 0 or end > len(segment):
            return
        attributes = head[5]
        if not attributes & CONTROL:
            body = _plain(attributes & COMPRESSION, segment[at + BATCH.size : end])
            yield from _records((topic, partition, head[0]), head[7], head[12], body)
        at = end


def _plain(compression: int, body: bytes) -> bytes:
    if compression == PLAIN:
        return body
    if compression == LZ4:
        return bytes(cramjam.lz4.decompress(body))
    if compression == ZSTD:
        return bytes(cramjam.zstd.decompress(body))
    raise ValueError(f"nobody of ours writes compression {compression}")


def _records(first: Place, instant: int, count: int, body: bytes) -> Iterator[Raw]:
    topic, partition, base = first
    reading = Reading(body)
    for _ in range(count):
        reading.number()
        reading.skip(1)
        timestamp = (instant + reading.number()) / 1000
        place = (topic, partition, base + reading.number())
        key, value = reading.text(), reading.text()
        names = range(reading.number())
        headers = tuple((reading.text() or b"", reading.text()) for _ in names)
        yield Raw(place, timestamp, key, value, headers)


class Reading:
    """Goes through the bytes of a batch."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def skip(self, length: int) -> None:
        """Go on by so many bytes."""
        self._at += length

    def number(self) -> int:
        """A zigzag varint."""
        shift = found = 0
        while True:
            byte = self._body[self._at]
            self._at += 1
            found |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return (found >> 1) ^ -(found & 1)

    def text(self) -> bytes | None:
        """Bytes behind their length; null when it is negative."""
        length = self.number()
        if length < 0:
            return None
        found = self._body[self._at : self._at + length]
        self._at += length
        return found
