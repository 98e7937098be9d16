"""What a service does with what it hears: one batch of records, one transaction."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final, TypeVar

from chassis.batch import Arrival, Batch, Handler, Judge, Opened, Skipped
from chassis.breaker import Unbroken
from chassis.database import Database
from chassis.dead_letters import DeadLetter
from chassis.failures import Failure, cause, classify, persistent, words
from chassis.records import Record
from chassis.unit import Received
from contracts import decoding, envelope
from contracts.event import Event
from contracts.registry import BY_TYPE
from contracts.template import Text

T = TypeVar("T")
Function = TypeVar("Function", bound=Callable[..., Awaitable[None]])

NO_REASONS: Final[Mapping[str, Text]] = MappingProxyType({})


async def twice(attempt: Callable[[Judge], Awaitable[T]]) -> T:
    """What a transaction gives; it is tried once more when it met another one head-on.

    ``attempt`` is given what to judge errors with: they mean something else the second time.
    """
    try:
        return await attempt(classify)
    except Exception as error:
        if classify(error) is not Failure.CONFLICT:
            raise
    return await attempt(persistent)


class Listener:
    """One consumer group: its handlers, in the order in which they are called."""

    def __init__(self, name: str, reasons: Mapping[str, Text] = NO_REASONS) -> None:
        """``name`` is the group's, and that of its claims and dead letters.

        ``reasons`` are the codes of its `Unprocessable`, in words.
        """
        self.name = name
        self.reasons = reasons
        self.handlers: list[Handler] = []
        self._types: dict[str, type[Event]] = {}

    @property
    def topics(self) -> list[str]:
        """Every topic that the handled types are on."""
        return sorted({event.topic for event in self._types.values()})

    def on(self, *types: type[Event]) -> Callable[[Function], Function]:
        """Give a function the events of these types: new ones only, sorted by (key, sequence)."""

        def register(function: Function) -> Function:
            if taken := [event.type for event in types if event.type in self._types]:
                raise ValueError(f"{self.name} handles {taken} already: one handler per type")
            self._types |= {event.type: event for event in types}
            name = f"{function.__module__}.{function.__qualname__}"
            self.handlers.append(Handler(name, types, function))
            return function

        return register

    async def process(self, records: Sequence[Record], database: Database) -> None:
        """Apply records in one transaction; those that cannot be applied become dead letters.

        When anything is raised, nothing was applied and the same records must be brought again.
        """
        await self.apply([self.open(record) for record in records], database)

    async def apply(self, opened: Sequence[Opened], database: Database) -> None:
        """As `process`, with records that are open already."""

        async def attempt(judge: Judge) -> Batch:
            batch = Batch(self.name, self.handlers, opened, judge)
            async with database.unit() as unit:
                await batch.apply(unit)
                await batch.set_aside(unit)
            return batch

        (await twice(attempt)).count()

    def unguarded(self, records: Sequence[Record], judge: Judge) -> Batch:
        """Records as a batch that no breaker stops, and of which none takes note."""
        handlers = [replace(handler, breaker=Unbroken()) for handler in self.handlers]
        return Batch(self.name, handlers, [self.open(record) for record in records], judge)

    def open(self, record: Record) -> Opened:
        """The event of a record, or why it is none, or why it is skipped; never raises."""
        if record.value is None:
            return Skipped(record, "tombstone")
        try:
            if record.is_unreadable:
                raise envelope.NotAnEvent("batch-unreadable")  # noqa: TRY301 - as from within a record
            sealed, data = envelope.read(record.headers, record.value)
        except Exception as error:  # noqa: BLE001 - no bytes may stop the consumer
            return DeadLetter(record, "envelope", cause(error), words(error))
        kind = self._types.get(sealed.type)
        if kind is None:
            reason = "unhandled-type" if sealed.type in BY_TYPE else "unknown-type"
            return Skipped(record, reason)
        about = (sealed.id, sealed.type, sealed.subject)
        if (record.topic, sealed.source) != (kind.topic, kind.source):
            return DeadLetter(record, "envelope", "wrong-writer", sealed.source, *about)
        try:
            event = decoding.read(kind, data)
            order = (event.key, event.sequence)
        except Exception as error:  # noqa: BLE001 - no bytes may stop the consumer
            return DeadLetter(record, "schema", cause(error), words(error), *about)
        received = Received(
            event, sealed.id, sealed.time, sealed.correlation_id, sealed.source, sealed.traceparent
        )
        return Arrival(record, received, order)
