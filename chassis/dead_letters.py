"""Records that could not be applied, kept byte for byte until someone mends and replays them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.records import LOSSLESS, Record

MOST_DETAIL = 1_000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record and why it could not be applied; what is known of its event."""

    record: Record
    stage: str
    """``envelope``, ``schema`` or ``handler``."""
    cause: str
    """A short code: a reason, an SQLSTATE or an exception's name."""
    detail: str = ""
    event_id: UUID | None = None
    event_type: str | None = None
    subject: str | None = None

    def summary(self) -> dict[str, str | int | None]:
        """What a log says of it: where it stands and why, nothing of what is in it."""
        place = (self.record.topic, self.record.partition, self.record.offset)
        return {
            "record": "/".join(map(str, place)),
            "stage": self.stage,
            "cause": self.cause,
            "event_type": self.event_type,
        }


async def write(
    session: AsyncSession, listener: str, letters: Sequence[DeadLetter], now: datetime
) -> None:
    """Store letters; one that is known already counts another attempt and is open again."""
    await session.execute(
        text("""
            INSERT INTO dead_letter AS known (
                listener, topic, partition, record_offset, digest, record_timestamp, key, value,
                header_names, header_values, stage, cause, detail, first_seen, last_seen,
                event_id, event_type, subject)
            VALUES (
                :listener, :topic, :partition, :record_offset, :digest, :record_timestamp,
                :key, :value, :header_names, :header_values,
                :stage, :cause, :detail, :now, :now, :event_id, :event_type, :subject)
            ON CONFLICT (listener, topic, partition, record_offset, digest) DO UPDATE
            SET attempts = known.attempts + 1, last_seen = excluded.last_seen, resolved_at = NULL,
                stage = excluded.stage, cause = excluded.cause, detail = excluded.detail
        """),
        [_columns(letter) | {"listener": listener, "now": now} for letter in letters],
    )


async def load(session: AsyncSession, listener: str, ids: Sequence[int]) -> list[Record]:
    """The records of those letters that are still open, oldest first."""
    rows = await session.execute(
        text("""
            SELECT topic, partition, record_offset, record_timestamp, key, value,
                   header_names, header_values
            FROM dead_letter
            WHERE id = ANY(CAST(:ids AS bigint[])) AND listener = :listener
              AND resolved_at IS NULL
            ORDER BY id
        """),
        {"ids": list(ids), "listener": listener},
    )
    return [_record(row) for row in rows]


async def resolve(session: AsyncSession, listener: str, ids: Sequence[int], now: datetime) -> None:
    """Close letters; those whose records fail once more are written again and so reopened."""
    await session.execute(
        text("""
            UPDATE dead_letter SET resolved_at = :now
            WHERE id = ANY(CAST(:ids AS bigint[])) AND listener = :listener
              AND resolved_at IS NULL
        """),
        {"ids": list(ids), "listener": listener, "now": now},
    )


def _columns(letter: DeadLetter) -> dict[str, Any]:
    record = letter.record
    return {
        "topic": record.topic,
        "partition": record.partition,
        "record_offset": record.offset,
        "digest": record.digest,
        "record_timestamp": record.timestamp,
        "key": record.key,
        "value": record.value,
        "header_names": [name.encode(errors=LOSSLESS) for name, _ in record.headers],
        "header_values": [value for _, value in record.headers],
        "stage": letter.stage,
        "cause": letter.cause,
        "detail": _printable(letter.detail[:MOST_DETAIL]),
        "event_id": letter.event_id,
        "event_type": _printable(letter.event_type),
        "subject": _printable(letter.subject),
    }


def _record(row: Row[Any]) -> Record:
    names = [name.decode(errors=LOSSLESS) for name in row.header_names]
    place = (row.topic, row.partition, row.record_offset, row.record_timestamp)
    headers = tuple(zip(names, row.header_values, strict=True))
    return Record(*place, row.key, row.value, headers)


def _printable(found: str | None) -> str | None:
    """Text that PostgreSQL takes: senders may put anything into it."""
    return found and found.replace("\0", "\ufffd").encode(errors="replace").decode()
