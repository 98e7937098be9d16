"""Events on their way to Kafka: rows of the transaction that made them true."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

Headers = Sequence[tuple[str, bytes]]
PAIRS: Final = json.Decoder(list[tuple[str, str]])


@dataclass(frozen=True, slots=True)
class Row:
    """One event, encoded as it will stand in Kafka."""

    event_id: UUID
    topic: str
    key: bytes
    headers: Headers
    payload: bytes
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits: how many rows, since when the oldest, and how many were refused for good."""

    pending: int
    oldest: datetime | None
    refused: int


async def write(session: AsyncSession, rows: Sequence[Row]) -> None:
    """Add rows in the order given.

    The transaction has its number before it takes an id from the sequence: the relay's floor
    (`chassis.window`) rests on that.
    """
    await session.execute(
        text("""
            INSERT INTO outbox (event_id, topic, key, headers, payload, created_at)
            SELECT event_id, topic, key, CAST(headers AS jsonb), payload, created_at
            FROM unnest(CAST(:ids AS uuid[]), CAST(:topics AS text[]), CAST(:keys AS bytea[]),
                        CAST(:headers AS text[]), CAST(:payloads AS bytea[]),
                        CAST(:instants AS timestamptz[])) WITH ORDINALITY
                 AS row (event_id, topic, key, headers, payload, created_at, place)
            WHERE pg_current_xact_id() IS NOT NULL
            ORDER BY place
        """),
        {
            "ids": [row.event_id for row in rows],
            "topics": [row.topic for row in rows],
            "keys": [row.key for row in rows],
            "headers": [pack(row.headers) for row in rows],
            "payloads": [row.payload for row in rows],
            "instants": [row.created_at for row in rows],
        },
    )


async def backlog(session: AsyncSession) -> Backlog:
    """How far telling is behind."""
    found = await session.execute(
        text("""
            SELECT count(*) FILTER (WHERE refused IS NULL),
                   min(created_at) FILTER (WHERE refused IS NULL),
                   count(refused)
            FROM outbox
        """)
    )
    return Backlog(*found.one())


async def release(session: AsyncSession, ids: Sequence[int]) -> None:
    """Let the relay try refused rows again, once what made the broker refuse them is mended."""
    await session.execute(
        text("UPDATE outbox SET refused = NULL WHERE id = ANY(CAST(:ids AS bigint[]))"),
        {"ids": list(ids)},
    )


def pack(headers: Headers) -> str:
    """Headers as the JSON of their column: their values are always text."""
    return json.encode([(name, value.decode()) for name, value in headers]).decode()


def unpack(packed: str) -> list[tuple[str, bytes]]:
    """Headers from the JSON of their column."""
    return [(name, value.encode()) for name, value in PAIRS.decode(packed)]
