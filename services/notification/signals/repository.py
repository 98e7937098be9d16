"""All SQL of signals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification.signals.domain import Change
from services.notification.streams.sse import frame
from services.notification.streams.tail import Log, Span

EVERYONE = "system"
"""The one audience of signals: programs of the role of that name."""


@dataclass(frozen=True, slots=True)
class Signal:
    """A row of the log."""

    position: int
    kind: str
    params: dict[str, Any]
    audience: str = EVERYONE

    def frame(self, _language: str) -> bytes:
        """The signal as an event; there is nothing in it to translate."""
        return frame(self.position, self.kind, to_json(self.params).decode())


async def add(session: AsyncSession, changes: Sequence[Change], now: datetime) -> None:
    """Add signals in this order, under the lock of the logs."""
    if not changes:
        return
    await session.execute(
        text("""
            INSERT INTO signal (kind, params, recorded_at)
            SELECT kind, CAST(params AS jsonb), :now
            FROM unnest(CAST(:kinds AS text[]), CAST(:params AS text[]))
                 WITH ORDINALITY AS change (kind, params, place)
            ORDER BY place
        """),
        {
            "now": now,
            "kinds": [change.kind for change in changes],
            "params": [to_json(change.params).decode() for change in changes],
        },
    )


async def read(session: AsyncSession, span: Span) -> list[Signal]:
    """The signals of a span of positions, in their order; all are for everyone."""
    found = await session.execute(
        text("""
            SELECT position, kind, params FROM signal
            WHERE position > :after AND position <= :upto ORDER BY position LIMIT :limit
        """),
        {"after": span.after, "upto": span.upto, "limit": span.limit},
    )
    return [Signal(*row) for row in found]


SIGNALS: Final = Log("signal", read)
"""Signals as a log to be streamed."""
