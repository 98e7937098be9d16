"""Parts of a delivery: halved by what took too long, and by nothing else."""

import asyncpg
import pytest

from chassis.portions import Portions
from chassis.records import Record

RECORDS = [Record("t", 0, offset, 0, None, None, ()) for offset in range(1_000)]


def sizes(portions: Portions) -> list[int]:
    return [len(part) for part in portions.of(RECORDS)]


@pytest.mark.parametrize(
    "error", [asyncpg.QueryCanceledError("statement timeout"), TimeoutError()], ids=repr
)
def test_what_took_too_long_is_halved_until_one_is_left_and_grows_again(error: Exception) -> None:
    portions = Portions()
    assert sizes(portions) == [1_000]

    portions.failed(error, 1_000)
    assert sizes(portions) == [500, 500]
    assert [record for part in portions.of(RECORDS) for record in part] == RECORDS
    portions.failed(error, 300)
    assert sizes(portions) == [150] * 6 + [100]
    for _ in range(20):
        portions.failed(error, 1)
    assert set(sizes(portions)) == {1}

    for _ in range(20):
        portions.succeeded()
    assert sizes(portions) == [1_000]


@pytest.mark.parametrize(
    "error", [ConnectionRefusedError(), asyncpg.LockNotAvailableError("lock"), ValueError()]
)
def test_other_failures_say_nothing_about_the_size(error: Exception) -> None:
    portions = Portions()

    portions.failed(error, 1_000)

    assert sizes(portions) == [1_000]
