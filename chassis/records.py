"""What Kafka delivered, byte for byte, and a reader that no header can stop.

aiokafka decodes header names strictly while it drains what it fetched. One name that is not
UTF-8 raises there, and good records of other partitions, already drained, are lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self, SupportsIndex, overload

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy

LOSSLESS = "surrogateescape"
"""Bytes that are not UTF-8 become lone surrogates and come back as they were."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record where it stands in the log; ``timestamp`` is in milliseconds.

    Header names may hold lone surrogates for bytes that are not UTF-8; values may be null.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]

    @classmethod
    def of(cls, raw: Any) -> Self:  # noqa: ANN401 - aiokafka is untyped
        """The record that an aiokafka consumer returned."""
        place = (raw.topic, raw.partition, raw.offset, raw.timestamp)
        return cls(*place, raw.key, raw.value, tuple(raw.headers))

    @property
    def digest(self) -> bytes:
        """Tells it from another record that once stood at the same offset."""
        parts = [self.key, self.value]
        for name, value in self.headers:
            parts += [name.encode(errors=LOSSLESS), value]
        return sha256(repr(parts).encode()).digest()


class LenientText(bytearray):
    """Bytes that decode whatever they are."""

    @overload
    def __getitem__(self, index: SupportsIndex) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> bytearray: ...
    def __getitem__(self, index: SupportsIndex | slice) -> int | bytearray:
        part = super().__getitem__(index)
        return LenientText(part) if isinstance(part, bytearray) else part

    def decode(self, encoding: str = "utf-8", _errors: str = "strict") -> str:
        """The text, with lone surrogates for what is none."""
        return super().decode(encoding, LOSSLESS)


class LenientBatch:
    """A record batch that reads strictly, and again leniently when that fails."""

    def __init__(self, strict: Any, raw: memoryview) -> None:  # noqa: ANN401
        self._strict = strict
        self._raw = raw

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._strict, name)

    def __iter__(self) -> Iterator[Any]:
        try:
            return iter(list(self._strict))
        except (UnicodeDecodeError, CorruptRecordException):
            batch = _DefaultRecordBatchPy(self._raw)
            batch._maybe_uncompress()  # noqa: SLF001
            batch._buffer = LenientText(batch._buffer)  # noqa: SLF001
            return iter(list(batch))


class LenientRecords:
    """What one partition's fetch returned, as aiokafka's ``MemoryRecords``."""

    def __init__(self, fetched: bytes) -> None:
        self._strict = MemoryRecords(fetched)
        self._slices = _MemoryRecordsPy(fetched)

    def has_next(self) -> bool:
        """Whether another batch follows."""
        return bool(self._strict.has_next())

    def size_in_bytes(self) -> int:
        """Size of all that was fetched, with an incomplete last batch."""
        return int(self._strict.size_in_bytes())

    def next_batch(self) -> Any:  # noqa: ANN401
        """The next batch, or None."""
        raw = self._slices._next_slice  # noqa: SLF001
        self._slices._cache_next()  # noqa: SLF001
        strict = self._strict.next_batch()
        return strict if strict is None or raw is None else LenientBatch(strict, raw)


def read_leniently() -> None:
    """Make every aiokafka consumer of this process read leniently; idempotent."""
    fetcher.MemoryRecords = LenientRecords
