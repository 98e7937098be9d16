"""Lists in pages: a cursor says after which item to go on, so items that leave move nothing."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, TypeAdapter, ValidationError

from chassis.problems import FieldError, Problem
from contracts.template import Text

Row = TypeVar("Row")
Item = TypeVar("Item")
Key = TypeVar("Key", bound=tuple[Any, ...])

MOST, USUAL = 500, 100
BAD_CURSOR = Text(vi="Con trỏ trang không hợp lệ.", en="That cursor is not one of ours.")


class Page(BaseModel, Generic[Item]):
    """A part of a list; ``next`` is the cursor of the following part, null at the end."""

    items: Sequence[Item]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list the caller asks for."""

    limit: int = USUAL
    cursor: str | None = None

    @property
    def rows(self) -> int:
        """How many rows to read: one more than asked for tells whether there are more."""
        return self.limit + 1


async def _paging(
    limit: Annotated[int, Query(ge=1, le=MOST)] = USUAL,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> PageRequest:
    return PageRequest(limit, cursor)


Paging = Annotated[PageRequest, Depends(_paging)]
"""An endpoint's parameter."""


class Keyset(Generic[Key]):
    """What a list is ordered by, unique in it: ``BY_AGE = Keyset(tuple[datetime, UUID])``."""

    def __init__(self, key: type[Key]) -> None:
        self._key = TypeAdapter(key)

    def after(self, paging: PageRequest) -> Key | None:
        """The key the page starts after, none for the first; raises 422 for a bad cursor."""
        if paging.cursor is None:
            return None
        try:
            return self._key.validate_json(urlsafe_b64decode(paging.cursor + "=="))
        except (ValueError, ValidationError) as error:
            wrong = FieldError("/query/cursor", "bad-cursor", BAD_CURSOR)
            raise Problem(422, "invalid", BAD_CURSOR, errors=[wrong]) from error

    def page(
        self,
        paging: PageRequest,
        rows: Sequence[Row],
        key: Callable[[Row], Key],
        item: Callable[[Row], Item],
    ) -> Page[Item]:
        """The page of ``rows``, which were read up to ``paging.rows``."""
        shown = rows[: paging.limit]
        more = len(rows) > paging.limit
        return Page(
            items=[item(row) for row in shown],
            next=self._cursor(key(shown[-1])) if more else None,
        )

    def _cursor(self, key: Key) -> str:
        return urlsafe_b64encode(self._key.dump_json(key)).decode().rstrip("=")
