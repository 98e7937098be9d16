"""How far a consumer is, partition by partition, and whether the log still has what comes next."""

from collections.abc import Iterable
from dataclasses import dataclass
from time import time
from typing import Any

import structlog
from aiokafka import TopicPartition

from chassis import metrics
from chassis.reader import Reader
from chassis.records import Record

log = structlog.get_logger()


@dataclass(slots=True)
class Position:
    """The next offset to apply, the log's end when last seen, and the last record's timestamp."""

    next: int
    end: int
    timestamp: float | None = None
    """In seconds; None before the first record."""


@dataclass(frozen=True, slots=True)
class Lag:
    """What waits in one partition, and for how long at least."""

    topic: str
    partition: int
    messages: int
    seconds: float


class Progress:
    """The positions of the partitions that one consumer has."""

    def __init__(self, listener: str) -> None:
        """``listener`` is what metrics call it."""
        self._listener = listener
        self._positions: dict[Any, Position] = {}
        self.gaps: dict[str, str] = {}
        """By ``topic/partition``: what the log has lost. Stays until the process is restarted."""

    async def assigned(self, consumer: Reader, partitions: Iterable[TopicPartition]) -> None:
        """Start from the committed offsets, after comparing them with the log's start and end."""
        committed = {tp: await consumer.committed(tp) for tp in partitions}
        starts = await consumer.beginning_offsets(list(committed))
        ends = await consumer.end_offsets(list(committed))
        self._positions = {
            tp: Position(starts[tp] if at is None else at, ends[tp]) for tp, at in committed.items()
        }
        for tp, at in committed.items():
            if at is not None and not starts[tp] <= at <= ends[tp]:
                self._note_gap(tp, f"next is {at}, the log has {starts[tp]} to {ends[tp]}")
        metrics.CONSUMER_GAPS.labels(self._listener).set(len(self.gaps))

    def applied(self, records: Iterable[Record]) -> None:
        """Note records whose transaction has committed."""
        last = {(record.topic, record.partition): record for record in records}
        for place, record in last.items():
            position = self._positions.get(place)
            if position is not None:
                position.next = record.offset + 1
                position.timestamp = record.timestamp / 1000

    def lags(self, consumer: Reader) -> list[Lag]:
        """What waits in each partition now."""
        found = []
        for tp in consumer.assignment() & self._positions.keys():
            position = self._positions[tp]
            position.end = max(position.end, consumer.highwater(tp) or 0)
            waiting = max(0, position.end - position.next)
            age = time() - position.timestamp if waiting and position.timestamp else 0.0
            found.append(Lag(tp.topic, tp.partition, waiting, age))
        return found

    def show(self, lags: Iterable[Lag]) -> None:
        """Let metrics say so, of these partitions and no others."""
        for gauge in (metrics.CONSUMER_LAG, metrics.CONSUMER_LAG_SECONDS):
            gauge.remove_by_labels({"listener": self._listener})
        for lag in lags:
            where = (self._listener, lag.topic, str(lag.partition))
            metrics.CONSUMER_LAG.labels(*where).set(lag.messages)
            metrics.CONSUMER_LAG_SECONDS.labels(*where).set(lag.seconds)

    def _note_gap(self, tp: TopicPartition, what: str) -> None:
        self.gaps[f"{tp.topic}/{tp.partition}"] = what
        log.error("log_gap", topic=tp.topic, partition=tp.partition, what=what)
