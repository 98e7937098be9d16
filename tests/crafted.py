"""Record batches that no sound client writes, with the checksum they should have."""

import struct
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.codec import gzip_encode, lz4_encode, snappy_encode, zstd_encode
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from aiokafka.record.util import calc_crc32c

from chassis.reader import LenientRecords

NONE, GZIP, SNAPPY, LZ4, ZSTD = CODECS = range(5)
PACK = {GZIP: gzip_encode, SNAPPY: snappy_encode, LZ4: lz4_encode, ZSTD: zstd_encode}
LENGTH, CHECKSUM, ATTRIBUTES, FIRST_TIMESTAMP, HEAD = 8, 17, 21, 27, 61
RECORD_ATTRIBUTES, OFFSET_DELTA = 1, 3
"""Where they stand in a record that is shorter than 64 bytes."""
AFAR = b"\xfe\xff\xff\xff\x0f"
"""A length of two gigabytes, as records write it."""


def plain(*values: bytes, key: bytes = b"key", timestamp: int = 1_000) -> bytearray:
    """A sound batch that is not compressed."""
    builder = _DefaultRecordBatchBuilderPy(2, NONE, 0, -1, -1, 0, 1 << 30)
    for number, value in enumerate(values):
        builder.append(number, timestamp, key, value, [("name", b"text")])
    return bytearray(builder.build())


def sealed(batch: bytearray, codec: int = NONE) -> bytes:
    """The batch, compressed if so wished, with its length and its checksum made anew."""
    if codec != NONE:
        batch = batch[:HEAD] + PACK[codec](bytes(batch[HEAD:]))
        struct.pack_into(">h", batch, ATTRIBUTES, codec)
    struct.pack_into(">i", batch, LENGTH, len(batch) - LENGTH - 4)
    struct.pack_into(">I", batch, CHECKSUM, calc_crc32c(bytes(batch[ATTRIBUTES:])))
    return bytes(batch)


def leading_astray(codec: int = NONE) -> bytes:
    """A record whose attributes are one byte to a broker, and two to aiokafka.

    aiokafka takes what follows for something else: the key for lengths.
    """
    batch = plain(b"value", key=AFAR)
    batch[HEAD + RECORD_ATTRIBUTES] = 0x80
    return sealed(batch, codec)


def numbered_wrongly() -> bytes:
    """Three records, the first of which says that it stands far behind the last."""
    batch = plain(b"one", b"two", b"three")
    batch[HEAD + OFFSET_DELTA] = 2 * 50
    return sealed(batch)


def without_time() -> bytes:
    """A sound record that has no timestamp."""
    return sealed(plain(b"value", timestamp=-1))


async def write(bootstrap: str, topic: str, batches: Sequence[bytes]) -> list[int]:
    """Send batches as they are to the first partition; the offsets of their first records."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        found = []
        for raw in batches:
            batch = producer.create_batch()
            batch.append(timestamp=None, key=None, value=b"", headers=[])
            batch.close()
            batch._buffer = bytearray(raw)
            found.append((await (await producer.send_batch(batch, topic, partition=0))).offset)
        return found
    finally:
        await producer.stop()


def read(fetched: bytes) -> list[Any]:
    """Every record of what was fetched, as aiokafka's fetcher asks for them."""
    records, found = LenientRecords(fetched), []
    while records.has_next():
        found += list(records.next_batch())
    return found
