"""Bundles: each message in the partition of its key, in order, and no larger than Kafka takes."""

from collections import defaultdict
from random import Random
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.codec import lz4_encode
from aiokafka.partitioner import murmur2 as theirs
from hypothesis import given
from hypothesis import strategies as st

from chassis.bundles import LARGEST, LEVEL, Message, bundled, compress_quickly, murmur2
from chassis.inflate import plain
from chassis.producer import SETTINGS
from tests.crafted import HEAD, read

PARTITIONS = {"a": [0, 1, 2], "b": list(range(12))}
HEADERS = [("ce_id", b"1")]


@given(st.binary(max_size=70))
def test_a_key_has_the_hash_that_every_client_gives_it(key: bytes) -> None:
    assert murmur2(key) & 0x7FFFFFFF == theirs(key) & 0x7FFFFFFF


def some(count: int) -> list[Message]:
    rng = Random(7)
    sizes = [1, 900, 900, 20_000, 200_000]
    return [
        Message(
            number,
            rng.choice(["a", "b"]),
            str(rng.randrange(40)).encode(),
            b"%d " % number + rng.randbytes(rng.choice(sizes)),
            HEADERS,
        )
        for number in range(count)
    ]


def values(batch: Any) -> list[bytes]:  # noqa: ANN401 - aiokafka's
    return [record.value for record in read(bytes(batch._build()))]


async def test_all_are_bundled_by_the_partition_of_their_key_and_in_order() -> None:
    producer = AIOKafkaProducer(bootstrap_servers="localhost:1", **SETTINGS)
    messages = some(600)
    expected: dict[tuple[str, int], list[Message]] = defaultdict(list)
    found: dict[tuple[str, int], list[tuple[int, bytes]]] = defaultdict(list)
    for message in messages:
        partition = (theirs(message.key) & 0x7FFFFFFF) % len(PARTITIONS[message.topic])
        expected[message.topic, partition].append(message)

    bundles = bundled(producer, messages, PARTITIONS)

    assert len(bundles) < len(messages) / 2
    for bundle in bundles:
        place = found[bundle.topic, bundle.partition]
        place += zip(bundle.ids, values(bundle.batch), strict=True)
    assert found == {at: [(m.id, m.value) for m in those] for at, those in expected.items()}
    await producer.stop()


@pytest.mark.parametrize(("size", "too_large"), [(LARGEST - 200, False), (LARGEST, True)])
def test_what_no_topic_takes_is_known_before(size: int, *, too_large: bool) -> None:
    assert Message(1, "a", b"key", bytes(size), HEADERS).is_too_large() is too_large


async def test_batches_are_compressed_with_little_work() -> None:
    compress_quickly()
    producer = AIOKafkaProducer(bootstrap_servers="localhost:1", **SETTINGS)
    text = b" ".join(b"%d" % n for n in range(9_000))
    [bundle] = bundled(producer, [Message(1, "a", b"key", text, [])], PARTITIONS)

    packed = bytes(bundle.batch._build())

    assert text in plain(packed)
    assert packed[HEAD:] == lz4_encode(plain(packed)[HEAD:], level=LEVEL)
    await producer.stop()
