"""What a service can tell again: parts of its state, in pages, each event under its own id."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.event import Event

WARD, TEMPLATE, PERIOD = "ward", "template", "period"
"""What a part's events can be chosen by."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which events: of which parts, ward, template and period; none of them means all.

    Without ``history`` only those that the present state rests on, else every one ever told.
    """

    only: tuple[str, ...] = ()
    ward: str | None = None
    template: str | None = None
    period: str | None = None
    history: bool = False

    @property
    def key(self) -> str:
        """The same text for the same scope."""
        return to_json(asdict(self)).decode()

    @property
    def chosen(self) -> dict[str, str | None]:
        """What events are chosen by, as parameters of a statement."""
        return {WARD: self.ward, TEMPLATE: self.template, PERIOD: self.period}


class Page(NamedTuple):
    """Some events with their ids, in order, and the place after them; None at the end."""

    told: Sequence[tuple[Event, UUID]]
    place: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of aggregate that a service can tell again.

    ``page`` gives at most so many events after a place; the first place is empty.
    """

    name: str
    chosen_by: frozenset[str]
    count: Callable[[AsyncSession, Scope], Awaitable[Mapping[str, int]]]
    """How many events of each type."""
    page: Callable[[AsyncSession, Scope, str, int], Awaitable[Page]]

    def within(self, scope: Scope) -> bool:
        """Whether anything of it is asked for: it must know all that is chosen by."""
        asked = {name for name, value in scope.chosen.items() if value is not None}
        return asked <= self.chosen_by and (not scope.only or self.name in scope.only)
