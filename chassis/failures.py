"""What an error means for the record, or for the batch, that met it."""

from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from typing import Any, Final, TypeVar

import asyncpg
from aiokafka.errors import KafkaError
from asyncpg.exceptions._base import DataError as NotEncodable
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from contracts.envelope import NotAnEvent

T = TypeVar("T")


class Failure(Enum):
    """The four outcomes of an error."""

    INFRASTRUCTURE = "infrastructure"
    """Nobody's fault here: roll back, wait, and take the same batch again."""
    CONFLICT = "conflict"
    """Mostly gone at once: the whole batch is tried once more."""
    DATA = "data"
    """The record alone becomes a dead letter."""
    BUG = "bug"
    """The same, but counted: too many of them and the breaker holds the batch."""


class DataFault(Exception):
    """The record, not the code, is at fault; ``reason`` is a short code."""

    reason: str = "data"


class Unprocessable(DataFault):
    """A handler's verdict on one record: it can never be applied as it is."""

    def __init__(self, received: Any, reason: str) -> None:  # noqa: ANN401 - any Received
        """``reason`` is a short code such as ``unknown-ward``."""
        super().__init__(reason)
        self.received = received
        self.reason = reason


class BreakerOpen(Exception):
    """So many records fail by our own code that setting them aside would empty the topic."""


OUTAGES: Final = (
    OSError,  # a TimeoutError is one
    PoolExhausted,
    KafkaError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # after the server ended a session that was idle
)
"""What a database or a broker that is away raises."""

BY_CLASS: Final[dict[str, Failure]] = {
    **dict.fromkeys(("08", "25", "53", "55", "57", "58"), Failure.INFRASTRUCTURE),
    "0A": Failure.CONFLICT,  # a plan prepared before a migration: gone when tried again
    "40": Failure.CONFLICT,
    **dict.fromkeys(("22", "23", "54"), Failure.DATA),
}
CONFLICTS: Final = frozenset({"23505", "23503"})
SERIALIZATION: Final = frozenset({"40001", "40P01"})


def classify(error: BaseException) -> Failure:
    """What an error means at its first appearance; anything unknown is our bug."""
    if isinstance(error, DataFault) or isinstance(driver(error), NotEncodable):
        return Failure.DATA
    if state := sqlstate(error):
        return Failure.CONFLICT if state in CONFLICTS else BY_CLASS.get(state[:2], Failure.BUG)
    if isinstance(error, (*OUTAGES, DBAPIError, BreakerOpen)):
        return Failure.INFRASTRUCTURE
    return Failure.BUG


def persistent(error: BaseException) -> Failure:
    """What an error means when the batch was tried twice.

    Two transactions that keep meeting head-on say nothing about a record: that is infrastructure.
    """
    if classify(error) is not Failure.CONFLICT:
        return classify(error)
    meaning = {"40": Failure.INFRASTRUCTURE, "23": Failure.DATA}
    return meaning.get((sqlstate(error) or "")[:2], Failure.BUG)


def is_infrastructure(error: BaseException) -> bool:
    """Whether a part we stand on is away, so that the same may work later."""
    return classify(error) is Failure.INFRASTRUCTURE


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's code of the error, when the server answered with one."""
    return getattr(driver(error), "sqlstate", None)


def driver(error: BaseException) -> BaseException:
    """The driver's own error inside SQLAlchemy's two wrappings."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return error.orig.__cause__ or error.orig
    return error


def cause(error: BaseException) -> str:
    """A short code for people and metrics."""
    if isinstance(error, DataFault):
        return error.reason
    if isinstance(error, NotAnEvent):
        return str(error)
    return sqlstate(error) or type(driver(error)).__name__


def words(error: BaseException) -> str:
    """What went wrong, without the values that were in it."""
    if isinstance(error, ValidationError):
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return "; ".join(f"{'/'.join(map(str, e['loc']))}: {e['msg']}" for e in found[:5])
    return str(driver(error)).partition("\n")[0]


async def isolate(
    items: Sequence[T],
    apply: Callable[[Sequence[T]], Awaitable[None]],
    blame: Callable[[Exception, Sequence[T]], int | None],
    set_aside: Callable[[T, Exception], None],
) -> None:
    """Apply all items but those that alone make it fail, by halving whatever fails.

    ``apply`` undoes what it did when it raises. ``blame`` knows at times which item it was, and
    raises when it was none of them.
    """
    waiting = [items]
    while waiting:
        part = waiting.pop()
        try:
            await apply(part)
        except Exception as error:  # noqa: BLE001 - whatever it is, `blame` says what it means
            culprit = blame(error, part)
            if culprit is None and len(part) > 1:
                middle = len(part) // 2
                waiting += [part[middle:], part[:middle]]
                continue
            at = culprit or 0
            set_aside(part[at], error)
            waiting += filter(None, [part[at + 1 :], part[:at]])
