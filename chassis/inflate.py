"""Inflates what a record batch holds, and stops at a limit: a few kilobytes can hold gigabytes.

aiokafka inflates whole batches, however large they become, before any code of ours sees them.
"""

import struct
from collections.abc import Callable, Iterator
from typing import Final

import cramjam
from aiokafka.record.default_records import _DefaultRecordBatchPy as Layout

LARGEST: Final = 8 * 1024 * 1024
"""Bytes of an inflated batch; the relay's own have 512 KiB at most."""
ATTRIBUTES: Final = struct.Struct(">h")
XERIAL: Final = b"\x82SNAPPY\x00"
XERIAL_HEAD: Final = 16
BLOCK: Final = struct.Struct(">i")

INTO: Final[dict[int, Callable[[bytes, bytearray], int]]] = {
    Layout.CODEC_GZIP: cramjam.gzip.decompress_into,
    Layout.CODEC_LZ4: cramjam.lz4.decompress_into,
    Layout.CODEC_ZSTD: cramjam.zstd.decompress_into,
}


class Unreadable(Exception):
    """The batch inflates beyond the limit, or not at all."""


def plain(batch: bytes) -> bytes:
    """The same batch without compression; its checksum is that of the compressed one.

    Raises `Unreadable`; never takes more than the limit to find out.
    """
    at, body = Layout.ATTRIBUTES_OFFSET, Layout.HEADER_STRUCT.size
    [attributes] = ATTRIBUTES.unpack_from(batch, at)
    codec = attributes & Layout.CODEC_MASK
    if codec == Layout.CODEC_NONE:
        return batch
    cleared = ATTRIBUTES.pack(attributes & ~Layout.CODEC_MASK)
    head = batch[:at] + cleared + batch[at + ATTRIBUTES.size : body]
    try:
        return head + _inflated(codec, batch[body:])
    except (cramjam.DecompressionError, struct.error, KeyError) as error:
        raise Unreadable(repr(error)) from error


def _inflated(codec: int, packed: bytes) -> bytes:
    if codec == Layout.CODEC_SNAPPY:
        return _unsnapped(packed)
    room = bytearray(LARGEST)
    return bytes(memoryview(room)[: INTO[codec](packed, room)])


def _unsnapped(packed: bytes) -> bytes:
    blocks = list(_blocks(packed)) if packed.startswith(XERIAL) else [packed]
    if sum(map(cramjam.snappy.decompress_raw_len, blocks)) > LARGEST:
        raise Unreadable("inflates beyond the limit")
    return b"".join(bytes(cramjam.snappy.decompress_raw(block)) for block in blocks)


def _blocks(packed: bytes) -> Iterator[bytes]:
    at = XERIAL_HEAD
    while at < len(packed):
        [length] = BLOCK.unpack_from(packed, at)
        if length < 0:
            raise Unreadable("a block of negative length")
        yield packed[at + BLOCK.size : at + BLOCK.size + length]
        at += BLOCK.size + length
