"""An aiokafka consumer that no record can stop, and that loses nothing when a fetch fails.

aiokafka decodes header names strictly while it drains what it fetched. One name that is not
UTF-8 raises there, and good records of other partitions, already drained, are lost. And a broker
takes batches that aiokafka reads otherwise than it does, with lengths that lead past their end.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, SupportsIndex, overload

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.errors import ConsumerStoppedError, CorruptRecordException, KafkaError
from aiokafka.record.default_records import (
    DefaultRecordBatch,
    _DefaultRecordBatchPy,
    _DefaultRecordPy,
)
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy
from aiokafka.record.util import decode_varint_py

from chassis import inflate
from chassis.records import LOSSLESS, UNREADABLE, Record

BEYOND = b"\x01" * 32
"""What stands behind a batch, where aiokafka may look first and check then: every length is -1."""
ASTRAY = (CorruptRecordException, OverflowError, MemoryError)
"""What aiokafka raises for a batch that is not what its lengths and offsets say."""

log = structlog.get_logger()


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
    """A record batch that reads strictly, and leniently from where that fails.

    One that cannot be read at all, or inflates too far, is one record that says so.
    """

    def __init__(self, strict: Any, raw: memoryview) -> None:  # noqa: ANN401
        self._strict = strict
        self._raw = raw

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._strict, name)

    def __iter__(self) -> Iterator[Any]:
        raw, read = bytes(self._raw), 0
        before, end = self._strict.base_offset - 1, self._strict.next_offset
        try:
            plain = inflate.plain(raw)
            with suppress(UnicodeDecodeError):
                for record in _strictly(plain):
                    before = _next(before, record.offset, end)
                    yield record
                    read += 1
                return
            for record in islice(LenientPlain(plain), read, None):
                before = _next(before, record.offset, end)
                yield record
        except (inflate.Unreadable, *ASTRAY) as error:
            yield self._set_aside(raw, error)

    def _set_aside(self, raw: bytes, error: Exception) -> Any:  # noqa: ANN401
        """A record in the place of the batch's last: it has all of its bytes."""
        why = [(UNREADABLE, repr(error).encode())]
        last, instant = self._strict.next_offset - 1, self._strict.max_timestamp
        return _DefaultRecordPy(last, instant, self._strict.timestamp_type, None, raw, why)


def _next(before: int, offset: int, end: int) -> int:
    """The record's offset, if the broker can have put it there: what follows is not skipped."""
    if not before < offset < end:
        raise CorruptRecordException(f"offset {offset} is not within its batch")
    return offset


def _strictly(plain: bytes) -> Any:  # noqa: ANN401
    padded = memoryview(plain + BEYOND)
    return DefaultRecordBatch(padded[: len(plain)])


class LenientPlain(_DefaultRecordBatchPy):  # type: ignore[misc] # said to be final
    """The records of a plain batch, with names of headers that may be anything."""

    def __init__(self, plain: bytes) -> None:
        super().__init__(plain)
        self._buffer: bytearray = LenientText(plain)

    def _read_msg(self) -> Any:  # noqa: ANN401
        """The next record; the decoder that aiokafka would take reads memory past the end."""
        return super()._read_msg(decode_varint_py)


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


class OurRecords(fetcher.PartitionRecords):  # type: ignore[misc] # aiokafka is untyped
    """What one partition's fetch returned, as records of ours: no other object is made first."""

    def _consumer_record(self, tp: TopicPartition, raw: Any) -> Record:  # noqa: ANN401
        return Record.at(tp.topic, tp.partition, raw)


def read_leniently() -> None:
    """Make every aiokafka consumer of this process read leniently; idempotent."""
    fetcher.MemoryRecords = LenientRecords
    fetcher.PartitionRecords = OurRecords


class Reader(AIOKafkaConsumer):  # type: ignore[misc] # aiokafka is untyped
    """Reads again what it had drained when a fetch fails half-way, and knows when it is lost."""

    _given_up = False

    async def getmany(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """The next records by partition, as aiokafka's."""
        before = self.positions()
        try:
            return await super().getmany(*args, **kwargs)
        except BaseException as error:
            for partition in self.assignment() & before.keys():
                super().seek(partition, before[partition])
            if not isinstance(error, Exception) or isinstance(error, ConsumerStoppedError):
                raise
            log.warning("fetch_failed", reason=repr(error))
            if isinstance(error, KafkaError):
                raise
            self.give_up()  # it would write to a connection that is closed, for ever
            raise KafkaError(repr(error)) from error

    async def commit(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """Commit as aiokafka does; what cannot be committed is delivered again, and known."""
        try:
            await super().commit(*args, **kwargs)
        except KafkaError as error:
            log.warning("offsets_not_committed", reason=repr(error))
            raise

    def positions(self) -> dict[TopicPartition, int]:
        """The next offset to fetch from each partition that has one."""
        state = self._subscription.subscription and self._subscription.subscription.assignment
        known = {tp: state.state_value(tp) for tp in state.tps} if state else {}
        return {tp: at.position for tp, at in known.items() if at and at.has_valid_position}

    def give_up(self) -> None:
        """Let `lost` say so, whatever the tasks do."""
        self._given_up = True

    def lost(self) -> bool:
        """Whether it can never come back: its group or its fetches have nobody who sees to them."""
        tasks = (self._coordinator._coordination_task, self._fetcher._fetch_task)  # noqa: SLF001
        return self._given_up or any(task.done() for task in tasks)
