"""A batch is inflated up to a limit; whatever a record holds, it is opened or set aside."""

import struct
import tracemalloc
from contextlib import suppress

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder, _DefaultRecordBatchBuilderPy
from hypothesis import given
from hypothesis import strategies as st

from chassis.batch import Skipped
from chassis.consumer import Listener
from chassis.dead_letters import DeadLetter
from chassis.inflate import LARGEST, Unreadable, plain
from chassis.records import UNREADABLE, Record
from tests.bus import Counted, apply
from tests.crafted import ATTRIBUTES, CODECS, GZIP, HEAD, LZ4, NONE, SNAPPY, ZSTD, read


def batch(codec: int, *values: bytes) -> bytes:
    builder = _DefaultRecordBatchBuilderPy(2, codec, 0, -1, -1, 0, 1 << 30)
    for number, value in enumerate(values):
        builder.append(number, 1_000, b"key", value, [("name", b"text")])
    return bytes(builder.build())


@pytest.mark.parametrize("codec", CODECS)
def test_what_was_compressed_is_read_as_it_was(codec: int) -> None:
    values = [b"x" * 10_000, b"", bytes(range(256))]

    assert [record.value for record in read(batch(codec, *values))] == values
    assert [record.offset for record in read(batch(codec, *values))] == [0, 1, 2]


@pytest.mark.parametrize("codec", [GZIP, SNAPPY, LZ4, ZSTD])
def test_a_bomb_is_one_record_that_says_so_and_takes_no_memory(codec: int) -> None:
    bomb = batch(codec, b"first", bytes(LARGEST * 10))
    good = batch(LZ4, b"good")
    tracemalloc.start()

    first, after = read(bomb + good)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (first.offset, first.value, first.headers[0][0]) == (1, bomb, UNREADABLE)
    assert after.value == b"good"
    assert peak < 2 * LARGEST


@pytest.mark.parametrize("codec", [GZIP, SNAPPY, LZ4, ZSTD])
def test_the_limit_is_of_what_comes_out(codec: int) -> None:
    assert len(read(batch(codec, bytes(LARGEST - 100)))[0].value) == LARGEST - 100
    assert read(batch(codec, bytes(LARGEST)))[0].headers[0][0] == UNREADABLE


@pytest.mark.parametrize("codec", [GZIP, SNAPPY, LZ4, ZSTD, 5, 6, 7])
@given(body=st.binary(max_size=300) | st.binary(max_size=60).map(b"\x82SNAPPY\0".__add__))
def test_bytes_that_are_no_compression_are_refused(codec: int, body: bytes) -> None:
    head = bytearray(batch(NONE, b"value")[:HEAD])
    struct.pack_into(">h", head, ATTRIBUTES, codec)
    with suppress(Unreadable):
        assert len(plain(bytes(head) + body)) <= HEAD + LARGEST


@given(
    value=st.binary(max_size=500)
    | st.integers(1, 200_000).map(lambda depth: b"[" * depth)
    | st.integers(1, 100_000).map(lambda digits: b'{"number":' + b"9" * digits + b"}")
    | st.integers(1, 300_000).map(lambda length: b'{"name":"' + b"x" * length),
    headers=st.lists(
        st.tuples(
            st.sampled_from(["ce_id", "ce_type", "ce_source", "ce_time", "content-type", "\udcff"]),
            st.none() | st.binary(max_size=50) | st.just(Counted.type.encode()),
        ),
        max_size=8,
    ),
)
def test_whatever_a_record_holds_it_is_opened_or_set_aside(
    value: bytes, headers: list[tuple[str, bytes | None]]
) -> None:
    listener = Listener("test")
    listener.on(Counted)(apply)
    record = Record(Counted.topic, 0, 1, 1, None, value, tuple(headers))
    whole = dict(headers) | {
        "ce_specversion": b"1.0",
        "ce_id": b"1",
        "ce_type": Counted.type.encode(),
        "ce_source": Counted.source.encode(),
    }

    for each in (record, Record(Counted.topic, 0, 2, 1, None, value, tuple(whole.items()))):
        assert isinstance(listener.open(each), (DeadLetter, Skipped))


def test_what_stands_for_a_batch_is_set_aside_with_its_bytes() -> None:
    listener = Listener("test")
    headers = ((UNREADABLE, b"why"),)

    letter = listener.open(Record("topic", 0, 7, 1, None, b"raw", headers))

    assert isinstance(letter, DeadLetter)
    assert (letter.cause, letter.record.value) == ("batch-unreadable", b"raw")


def test_our_own_batches_are_far_below_the_limit() -> None:
    builder = DefaultRecordBatchBuilder(2, LZ4, 0, -1, -1, 0, 524_288)
    assert builder.append(0, 1_000, b"key", b"x" * 500_000, []) is not None
    assert len(plain(bytes(builder.build()))) < LARGEST
