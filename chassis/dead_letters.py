"""Records that could not be applied, kept byte for byte until someone mends and replays them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.records import LOSSLESS, Record

MOST_DETAIL: Final = 1_000
WARD: Final = re.compile(r"[0-9]{5}")
REPORT: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


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

    @property
    def error(self) -> str:
        """Its detail as it is kept."""
        return _printable(self.detail[:MOST_DETAIL]) or ""

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
    """Store letters; one that is known already counts another attempt.

    It is open again, unless an operator has fixed or discarded it.
    """
    await session.execute(
        text("""
            INSERT INTO dead_letter AS known (
                listener, topic, partition, record_offset, digest, record_timestamp, key, value,
                header_names, header_values, stage, cause, detail, first_seen, last_seen,
                event_id, event_type, subject, ward_code, report_id)
            VALUES (
                :listener, :topic, :partition, :record_offset, :digest, :record_timestamp,
                :key, :value, :header_names, :header_values,
                :stage, :cause, :detail, :now, :now, :event_id, :event_type, :subject,
                :ward_code, :report_id)
            ON CONFLICT (listener, topic, partition, record_offset, digest) DO UPDATE
            SET attempts = known.attempts + 1, last_seen = excluded.last_seen,
                resolved_at = CASE WHEN known.resolution IN ('fixed', 'discarded')
                                   THEN known.resolved_at END,
                stage = excluded.stage, cause = excluded.cause, detail = excluded.detail
        """),
        [_columns(letter) | {"listener": listener, "now": now} for letter in letters],
    )


def concerned(value: bytes | None) -> tuple[str | None, UUID | None]:
    """The ward and the report that a value names, however wrong the rest of it is."""
    try:
        data = from_json(value or b"")
    except ValueError:
        return None, None
    if isinstance(data, dict) and "specversion" in data:
        data = data.get("data")
    if not isinstance(data, dict):
        return None, None
    ward, report = data.get("ward_code", data.get("code")), data.get("report_id")
    return (
        ward if isinstance(ward, str) and WARD.fullmatch(ward) else None,
        UUID(report) if isinstance(report, str) and REPORT.fullmatch(report) else None,
    )


def _columns(letter: DeadLetter) -> dict[str, Any]:
    record = letter.record
    ward, report = concerned(record.value)
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
        "detail": letter.error,
        "ward_code": ward,
        "report_id": report,
        "event_id": letter.event_id,
        "event_type": _printable(letter.event_type),
        "subject": _printable(letter.subject),
    }


def _printable(found: str | None) -> str | None:
    """Text that PostgreSQL takes: senders may put anything into it."""
    return found and found.replace("\0", "\ufffd").encode(errors="replace").decode()
