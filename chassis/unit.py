"""One transaction, and the events that are told if it commits."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncSession
from uuid6 import uuid7

from chassis import outbox
from chassis.audit.acts import Act, write_down
from chassis.failures import DataFault
from chassis.logging import correlation_id, traceparent
from contracts import envelope
from contracts.event import Event

MOST_BYTES = 400_000
"""A topic takes 512 KiB; headers and a later reader's fields need room."""

E_co = TypeVar("E_co", bound=Event, covariant=True)


class EventTooLarge(DataFault):
    """An event is larger than the bus carries."""

    reason = "event-too-large"


class Received(msgspec.Struct, Generic[E_co], frozen=True, gc=False):
    """An event as it arrived, with the attributes of its envelope."""

    event: E_co
    id: UUID
    time: datetime
    correlation_id: str = ""
    source: str = ""
    traceparent: str | None = None


@dataclass
class Unit:
    """One transaction; only the chassis commits it. ``now`` is fixed for its length, in UTC."""

    session: AsyncSession
    now: datetime
    schemas_url: str = ""
    correlation_id: str = field(default_factory=correlation_id.get)
    traceparent: str | None = field(default_factory=traceparent.get)
    emitted: bool = False
    """Whether rows for the relay were written."""
    _unwritten: list[outbox.Row] = field(default_factory=list)
    _acts: list[Act] = field(default_factory=list)
    _after: list[Callable[[], None]] = field(default_factory=list)

    def emit(
        self, event: Event, *, cause: Received[Any] | None = None, event_id: UUID | None = None
    ) -> UUID:
        """Tell an event if this unit commits; its id, to be stored with the state it announces.

        Raises:
            EventTooLarge: the event has more than 400 KB of data.
        """
        payload = to_json(event)
        if len(payload) > MOST_BYTES:
            raise EventTooLarge(f"{event.type} of {len(payload)} bytes")
        sealed = self._envelope(event, cause, event_id or UUID(int=uuid7().int))
        headers = envelope.headers(event, sealed, self.schemas_url)
        row = outbox.Row(sealed.id, event.topic, event.key.encode(), headers, payload, self.now)
        self._unwritten.append(row)
        return sealed.id

    def audit(
        self, action: str, by: str, on: str, *, version: int | None = None, **details: object
    ) -> None:
        """Note what somebody did, if this unit commits.

        ``by`` is an opaque subject, ``on`` a path such as ``report/<id>``. The row stays for
        ever: ``details`` hold no personal data.
        """
        correlation = self.correlation_id
        self._acts.append(Act(self.now, by, action, on, version, correlation, details))

    def in_the_name_of(self, correlation: str, trace: str | None) -> None:
        """What is emitted and noted from now on belongs to that request; a unit may serve many."""
        self.correlation_id, self.traceparent = correlation, trace

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call something local, such as a wake, once the unit has committed."""
        self._after.append(call)

    def committed(self) -> None:
        """Run what was to run after the commit."""
        for call in self._after:
            call()

    async def flush(self) -> None:
        """Write state first and then all events in one statement: ids follow the row locks."""
        await self.session.flush()
        acts, self._acts = self._acts, []
        if acts:
            await write_down(self.session, acts)
        rows, self._unwritten = self._unwritten, []
        if rows:
            await outbox.write(self.session, rows)
            self.emitted = True

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part that can fail alone: rows, events and wakes of it are undone with it."""
        await self.flush()
        before, wakes = self.emitted, len(self._after)
        try:
            async with self.session.begin_nested():
                yield
                await self.flush()
        except BaseException:
            self._unwritten.clear()
            self._acts.clear()
            self.emitted = before
            del self._after[wakes:]
            raise

    def _envelope(
        self, event: Event, cause: Received[Any] | None, event_id: UUID
    ) -> envelope.Envelope:
        return envelope.Envelope(
            id=event_id,
            source=event.source,
            type=event.type,
            time=self.now,
            correlation_id=(cause and cause.correlation_id) or self.correlation_id or str(event_id),
            causation_id=str(cause.id) if cause else "",
            traceparent=cause.traceparent if cause else self.traceparent,
        )
