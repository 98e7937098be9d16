"""What Kafka delivered, byte for byte."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Self

LOSSLESS: Final = "surrogateescape"
"""Bytes that are not UTF-8 become lone surrogates and come back as they were."""
UNREADABLE: Final = "wardline-unreadable"
"""The first header of what stands for a whole batch that could not be read."""
LATEST: Final = 2**63 - 1
"""The last timestamp that there is; of two that are added up the sum can be later."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record where it stands in the log; ``timestamp`` is in milliseconds, 0 where it has none.

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
        """The record that an aiokafka consumer returned: one of ours where we read leniently."""
        return raw if isinstance(raw, cls) else cls.at(raw.topic, raw.partition, raw)

    @classmethod
    def at(cls, topic: str, partition: int, raw: Any) -> Self:  # noqa: ANN401
        """A record of a batch in the place where it was read."""
        instant = min(max(raw.timestamp or 0, 0), LATEST)
        place = (topic, partition, raw.offset, instant)
        return cls(*place, raw.key, raw.value, tuple(raw.headers))

    @property
    def is_unreadable(self) -> bool:
        """Whether it is the bytes of a batch in which nothing could be read."""
        return bool(self.headers) and self.headers[0][0] == UNREADABLE

    @property
    def digest(self) -> bytes:
        """Tells it from another record that once stood at the same offset."""
        parts = [self.key, self.value]
        for name, value in self.headers:
            parts += [name.encode(errors=LOSSLESS), value]
        return sha256(repr(parts).encode()).digest()
