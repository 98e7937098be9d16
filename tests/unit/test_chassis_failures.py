"""What an error means, and how the records at fault are found; no database is needed to say."""

from collections.abc import Sequence

import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError
from asyncpg.exceptions._base import DataError as NotEncodable
from hypothesis import given
from hypothesis import strategies as some
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from chassis.failures import (
    BreakerOpen,
    Failure,
    Unprocessable,
    cause,
    classify,
    is_infrastructure,
    isolate,
    persistent,
    words,
)


def wrapped(error: Exception) -> DBAPIError:
    """The error as SQLAlchemy raises it: around its own, which was raised from the driver's."""
    theirs = Exception(str(error))
    theirs.__cause__ = error
    return InterfaceError("SELECT 1", {}, theirs)


@pytest.mark.parametrize(
    "error",
    [
        wrapped(asyncpg.InterfaceError("the transaction took too long")),
        wrapped(asyncpg.InternalClientError("unexpected")),
        wrapped(asyncpg.ConnectionDoesNotExistError("gone")),  # 08003
        wrapped(asyncpg.ReadOnlySQLTransactionError("standby")),  # 25006
        wrapped(asyncpg.TooManyConnectionsError("full")),  # 53300
        wrapped(asyncpg.LockNotAvailableError("locked")),  # 55P03
        wrapped(asyncpg.QueryCanceledError("statement timeout")),  # 57014
        wrapped(asyncpg.AdminShutdownError("shutting down")),  # 57P01
        wrapped(asyncpg.PostgresIOError("disk")),  # 58030
        PoolExhausted("QueuePool limit"),
        TimeoutError(),
        ConnectionResetError(),
        KafkaConnectionError(),
        BreakerOpen("judge"),
    ],
    ids=repr,
)
def test_a_part_that_is_away_is_infrastructure(error: Exception) -> None:
    assert is_infrastructure(error)
    assert persistent(error) is Failure.INFRASTRUCTURE


@pytest.mark.parametrize(
    ("error", "in_the_end"),
    [
        (asyncpg.DeadlockDetectedError("40P01"), Failure.INFRASTRUCTURE),
        (asyncpg.SerializationError("40001"), Failure.INFRASTRUCTURE),
        (asyncpg.UniqueViolationError("23505"), Failure.DATA),
        (asyncpg.ForeignKeyViolationError("23503"), Failure.DATA),
        (asyncpg.InvalidCachedStatementError("0A000"), Failure.BUG),
    ],
    ids=repr,
)
def test_a_conflict_is_tried_again_and_means_something_else_then(
    error: Exception, in_the_end: Failure
) -> None:
    assert classify(wrapped(error)) is Failure.CONFLICT
    assert persistent(wrapped(error)) is in_the_end


@pytest.mark.parametrize(
    "error",
    [
        wrapped(NotEncodable("value out of int64 range")),
        wrapped(asyncpg.CharacterNotInRepertoireError("NUL")),  # 22021
        wrapped(asyncpg.CheckViolationError("check")),  # 23514
        wrapped(asyncpg.NotNullViolationError("null")),  # 23502
        wrapped(asyncpg.StatementTooComplexError("nested too deep")),  # 54001
        Unprocessable(object(), "unknown-ward"),
    ],
    ids=repr,
)
def test_what_a_record_holds_is_data(error: Exception) -> None:
    assert classify(error) is persistent(error) is Failure.DATA


@pytest.mark.parametrize(
    "error",
    [
        KeyError("code"),
        RecursionError(),
        wrapped(asyncpg.UndefinedColumnError("no such column")),  # 42703
        wrapped(asyncpg.InsufficientPrivilegeError("not yours")),  # 42501
        wrapped(asyncpg.RaiseError("P0001")),
    ],
    ids=repr,
)
def test_anything_else_is_our_bug(error: Exception) -> None:
    assert classify(error) is persistent(error) is Failure.BUG


def test_a_cause_is_short_and_words_hold_no_values() -> None:
    secret = ValidationError.__name__
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(dict[str, int]).validate_python({"count": "Nguyễn Văn A"})

    assert cause(Unprocessable(object(), "unknown-ward")) == "unknown-ward"
    assert cause(wrapped(asyncpg.CheckViolationError("x"))) == "23514"
    assert cause(caught.value) == secret
    assert "Nguyễn" not in words(caught.value)


@given(
    some.integers(1, 60).flatmap(
        lambda n: some.tuples(some.just(n), some.sets(some.integers(0, n - 1)))
    )
)
async def test_only_the_bad_are_set_aside_and_all_others_applied_once(
    case: tuple[int, set[int]],
) -> None:
    size, bad = case
    applied: list[int] = []
    aside: list[int] = []

    async def apply(items: Sequence[int]) -> None:
        if bad & set(items):
            raise ValueError
        applied.extend(items)

    await isolate(range(size), apply, lambda _error, _items: None, lambda i, _: aside.append(i))

    assert aside == sorted(bad)
    assert applied == [item for item in range(size) if item not in bad]


async def test_a_culprit_that_is_named_is_not_searched_for() -> None:
    calls = 0

    async def apply(items: Sequence[int]) -> None:
        nonlocal calls
        calls += 1
        if 700 in items:
            raise ValueError

    aside: list[int] = []
    await isolate(
        range(1000), apply, lambda _error, items: items.index(700), lambda i, _: aside.append(i)
    )

    assert (aside, calls) == ([700], 3)


async def test_an_error_that_is_nobodys_own_ends_the_search() -> None:
    async def apply(_items: Sequence[int]) -> None:
        raise ConnectionResetError

    def blame(error: Exception, _items: Sequence[int]) -> int | None:
        raise error

    with pytest.raises(ConnectionResetError):
        await isolate(range(10), apply, blame, lambda _item, _error: None)
