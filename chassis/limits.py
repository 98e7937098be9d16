"""How often somebody may ask.

Each replica counts for itself and in memory, and for no more than so many of those who ask:
whoever asked longest ago is forgotten, which lets them ask again and nothing else.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from time import monotonic
from typing import Final

from chassis import metrics
from chassis.problems import Problem
from chassis.settings import ServiceSettings
from contracts.template import Text

KEPT: Final = 10_000
SUBJECT_BURST_SECONDS: Final = 2.0
"""What a caller may ask at once, after a rest: that which they may in so many seconds."""
REFUSED_BURST_SECONDS: Final = 5.0
TOO_MANY: Final = Text(
    vi="Bạn gửi yêu cầu quá nhanh, vui lòng thử lại sau giây lát.",
    en="You are asking too often; please try again in a moment.",
)


class Bucket:
    """One bucket of permits for each key; it fills up steadily, and is full at first.

    Kept as one instant for each key: when the bucket will be full again.
    """

    def __init__(
        self, per_second: float, burst_seconds: float, clock: Callable[[], float] = monotonic
    ) -> None:
        """``per_second`` 0 permits everything; a bucket holds at least one permit."""
        self._pause = 1 / per_second if per_second else 0.0
        self._room = max(burst_seconds, self._pause) - self._pause
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, key: str) -> float:
        """Take a permit; seconds until there will be one where there is none, else 0."""
        if not self._pause:
            return 0.0
        now = self._clock()
        full_at = max(self._full_at.get(key, now), now)
        wait = full_at - now - self._room
        self._full_at[key] = full_at if wait > 0 else full_at + self._pause
        self._full_at.move_to_end(key)
        if len(self._full_at) > KEPT:
            self._full_at.popitem(last=False)
        return max(wait, 0.0)


class Limits:
    """The limits of one replica; each raises 429 with the seconds after which to ask again."""

    def __init__(self, settings: ServiceSettings, clock: Callable[[], float] = monotonic) -> None:
        self._people = Bucket(settings.requests_per_second, SUBJECT_BURST_SECONDS, clock)
        systems = settings.system_requests_per_second
        self._systems = Bucket(systems, SUBJECT_BURST_SECONDS, clock)
        self._refused = Bucket(settings.refused_tokens_per_second, REFUSED_BURST_SECONDS, clock)

    def asked(self, subject: str, *, is_system: bool) -> None:
        """A known caller makes a request."""
        require("subject", (self._systems if is_system else self._people).take(subject))

    def refused(self, address: str) -> None:
        """Somebody at this address is not believed; others there are not held up by it."""
        require("refused-token", self._refused.take(address))


class Places:
    """How much of something each may have at a time, such as streams."""

    def __init__(self, each: int) -> None:
        """``each`` 0 gives everybody as many as they like."""
        self._each = each
        self._taken: Counter[str] = Counter()

    @contextmanager
    def place(self, subject: str) -> Iterator[None]:
        """One place for the length of the block; raises 429 where all are taken."""
        if self._each and self._taken[subject] >= self._each:
            require("streams", 1.0)
        self._taken[subject] += 1
        try:
            yield
        finally:
            self._taken[subject] -= 1
            if not self._taken[subject]:
                del self._taken[subject]


def require(limit: str, wait: float) -> None:
    """Raise 429 when there is a wait of so many seconds."""
    if wait > 0:
        metrics.HTTP_LIMITED.labels(limit).inc()
        headers = {"Retry-After": str(ceil(wait))}
        raise Problem(429, "too-many-requests", TOO_MANY, headers=headers)
