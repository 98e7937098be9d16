"""Batches that a broker takes and aiokafka misreads end no process, and lose no neighbour."""

import subprocess
import sys
from random import Random
from types import SimpleNamespace
from typing import Final

import pytest

from chassis.records import LATEST, UNREADABLE, Record
from tests import crafted
from tests.crafted import CODECS, HEAD, LZ4, NONE, read

GOOD: Final = crafted.sealed(crafted.plain(b"good"))
PARTS = (b"\x80", b"\xff", b"\x7e", b"\x01", b"\0", crafted.AFAR, b"\xff" * 9 + b"\x01")
ROUNDS = 3_000


@pytest.mark.parametrize("codec", CODECS)
def test_lengths_that_lead_astray_are_not_followed(codec: int) -> None:
    first, after = read(crafted.leading_astray(codec) + GOOD)

    assert (first.offset, first.headers[0][0]) == (0, UNREADABLE)
    assert after.value == b"good"


def test_a_length_without_end_is_set_aside() -> None:
    batch = crafted.plain(b"x" * 30)
    at = batch.index(b"x") - 1
    batch[at : at + 10] = b"\xfe" + b"\xff" * 8 + b"\x01"

    assert read(crafted.sealed(batch))[0].headers[0][0] == UNREADABLE


def test_a_record_far_behind_its_batch_hides_none_that_follow() -> None:
    [aside, after] = read(crafted.numbered_wrongly() + GOOD)

    assert (aside.offset, aside.headers[0][0]) == (2, UNREADABLE)
    assert after.value == b"good"


def test_names_that_are_not_text_are_still_read() -> None:
    batch = crafted.plain(b"one", b"two")
    batch[batch.index(b"name")] = 0xFF

    assert [record.value for record in read(crafted.sealed(batch, LZ4))] == [b"one", b"two"]


@pytest.mark.parametrize(
    ("given", "taken"), [(None, 0), (-1, 0), (-5, 0), (7, 7), (LATEST + 9, LATEST)]
)
def test_a_record_has_a_time_that_a_database_can_keep(given: int | None, taken: int) -> None:
    raw = SimpleNamespace(
        topic="t", partition=0, offset=1, timestamp=given, key=None, value=None, headers=()
    )
    assert Record.of(raw).timestamp == taken


def test_whatever_stands_in_a_batch_the_process_lives() -> None:
    """In a process of its own: what this test is about would end pytest."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.test_chassis_reader"],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert (done.returncode, done.stdout) == (0, f"{ROUNDS} read\n"), done.stderr


def maul(rng: Random) -> None:
    batch = crafted.plain(*(bytes(rng.choice([0, 1, 5, 200, 5_000])) for _ in range(3)))
    for _ in range(rng.choice([1, 1, 2, 5])):
        at, part = rng.randrange(HEAD - 4, min(len(batch), 200)), rng.choice(PARTS)
        batch[at : at + len(part)] = part
    raw = crafted.sealed(batch, rng.choice([NONE, NONE, LZ4]))

    assert read(raw + GOOD)[-1].value == b"good"


if __name__ == "__main__":
    seeded = Random(1)
    for _ in range(ROUNDS):
        maul(seeded)
    sys.stdout.write(f"{ROUNDS} read\n")
