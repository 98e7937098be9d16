"""Pages that hold still while items leave the list."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from chassis.paging import Keyset, Page, PageRequest
from chassis.problems import Problem

BY_NUMBER = Keyset(tuple[int])
BY_AGE = Keyset(tuple[datetime, UUID])


def read(numbers: list[int], paging: PageRequest) -> Page[int]:
    after = BY_NUMBER.after(paging)
    rows = [number for number in numbers if after is None or number > after[0]][: paging.rows]
    return BY_NUMBER.page(paging, rows, key=lambda row: (row,), item=lambda row: row)


def test_pages_join_to_the_whole_list() -> None:
    seen: list[int] = []
    cursor: str | None = None
    for _ in range(4):
        page = read(list(range(10)), PageRequest(limit=3, cursor=cursor))
        seen += page.items
        cursor = page.next

    assert seen == list(range(10))
    assert cursor is None


def test_nothing_is_skipped_when_read_items_leave() -> None:
    first = read([1, 2, 3, 4, 5], PageRequest(limit=2))
    second = read([3, 4, 5], PageRequest(limit=2, cursor=first.next))

    assert [*first.items, *second.items] == [1, 2, 3, 4]


def test_a_full_last_page_has_no_next() -> None:
    assert read([1, 2], PageRequest(limit=2)).next is None


def test_a_cursor_carries_instants_and_ids_exactly() -> None:
    key = (datetime(2025, 10, 1, 2, 3, 4, 567891, tzinfo=UTC), UUID(int=7))
    page = BY_AGE.page(PageRequest(limit=1), [key, key], key=lambda row: row, item=str)

    assert BY_AGE.after(PageRequest(limit=1, cursor=page.next)) == key


@pytest.mark.parametrize("cursor", ["", "nonsense", "WzFd", "////", "ộ", "bnVsbA", "W10"])
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Problem) as refused:
        BY_AGE.after(PageRequest(cursor=cursor))

    assert refused.value.status_code == 422
    assert [error.pointer for error in refused.value.errors] == ["/query/cursor"]
