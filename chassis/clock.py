"""The one clock of a process; a test sets it, nobody else reads the time of day."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def _system() -> datetime:
    return datetime.now(UTC)


_read: Callable[[], datetime] = _system


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _read()


def local_date(instant: datetime) -> date:
    """The date in Ho Chi Minh City at an aware instant."""
    return instant.astimezone(VIETNAM).date()


@contextmanager
def set_to(clock: Callable[[], datetime] | datetime) -> Iterator[None]:
    """Within the block time is what ``clock`` says, or stands still at an instant."""
    global _read  # noqa: PLW0603 - one clock for the whole process is the point
    before, _read = _read, clock if callable(clock) else lambda: clock
    try:
        yield
    finally:
        _read = before
