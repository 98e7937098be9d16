"""How many records one transaction takes: fewer after one that took too long, then more again."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from chassis.failures import driver, sqlstate

T = TypeVar("T")

MOST_RECORDS: Final = 4_000
"""What many of them have in common, such as a figure they all change, is written once for all."""
TOO_LONG: Final = frozenset({"57014", "25P04"})
"""What the server says of a statement, and of a transaction, that it has ended for its length."""


class Portions:
    """Parts of what a consumer is given at once.

    The same records would take too long for ever, and nothing behind them would be read.
    """

    def __init__(self) -> None:
        """Begins with all that is delivered at once."""
        self._most = MOST_RECORDS

    def of(self, records: Sequence[T]) -> Iterator[Sequence[T]]:
        """The records in their order; each part in a transaction of its own."""
        most = self._most
        return (records[at : at + most] for at in range(0, len(records), most))

    def failed(self, error: BaseException, records: int) -> None:
        """Take half as many the next time, when it was for their number that they took so long."""
        if sqlstate(error) in TOO_LONG or isinstance(driver(error), TimeoutError):
            self._most = max(1, min(self._most, records) // 2)

    def succeeded(self) -> None:
        """All that was delivered went through: take twice as many."""
        self._most = min(MOST_RECORDS, self._most * 2)
