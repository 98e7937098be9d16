"""The SQL of dead letters as an operator handles them; the batch that wrote them is elsewhere."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, Field
from pydantic_core import to_json
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import metrics
from chassis.dead_letters import DeadLetter
from chassis.records import LOSSLESS, Record
from chassis.unit import Unit

WAITING, PARKED = "waiting", "parked"
OPEN: Final = (WAITING, PARKED)

LISTED: Final = """
    SELECT id, state, stage, cause, detail, topic, partition, record_offset, event_id, event_type,
           subject, ward_code, report_id, first_seen, last_seen, attempts, failed_replays,
           resolved_at {more}
    FROM dead_letter
"""
MATCHING: Final = """
      state = ANY(CAST(:states AS text[]))
      AND (CAST(:cause AS text) IS NULL OR cause = :cause)
      AND (CAST(:stage AS text) IS NULL OR stage = :stage)
      AND (CAST(:topic AS text) IS NULL OR topic = :topic)
"""
RECORD: Final = """
    topic, partition, record_offset, record_timestamp, key, value, header_names, header_values
"""


class Filters(BaseModel):
    """Which letters; those that match all that is given."""

    cause: str | None = Field(default=None, max_length=200)
    stage: str | None = Field(default=None, max_length=20)
    topic: str | None = Field(default=None, max_length=249)

    def names_something(self) -> bool:
        """Whether anything is given."""
        return any(self.parameters().values())

    def parameters(self) -> dict[str, str | None]:
        """As SQL takes them."""
        return {"cause": self.cause, "stage": self.stage, "topic": self.topic}


async def listed(
    session: AsyncSession, filters: Filters, states: Collection[str], after: int, most: int
) -> Sequence[Row[Any]]:
    """Letters, the oldest first."""
    rows = await session.execute(
        text(f"{LISTED.format(more='')} WHERE id > :after AND {MATCHING} ORDER BY id LIMIT :most"),
        {**filters.parameters(), "states": list(states), "after": after, "most": most},
    )
    return rows.all()


async def found(session: AsyncSession, number: int, *, lock: bool = False) -> Row[Any] | None:
    """One letter with its bytes."""
    query = LISTED.format(more=f", {RECORD}, correction") + "WHERE id = :id"
    rows = await session.execute(text(query + " FOR UPDATE" * lock), {"id": number})
    return rows.one_or_none()


async def numbers(
    session: AsyncSession, filters: Filters, states: Collection[str], most: int
) -> list[int]:
    """The ids of letters that match, the oldest first."""
    rows = await session.scalars(
        text(f"SELECT id FROM dead_letter WHERE {MATCHING} ORDER BY id LIMIT :most"),  # noqa: S608
        {**filters.parameters(), "states": list(states), "most": most},
    )
    return list(rows)


async def sizes(session: AsyncSession, ids: Sequence[int]) -> dict[int, int]:
    """How many bytes of data each of these letters has."""
    rows = await session.execute(
        text("""
            SELECT id, coalesce(octet_length(value), 0) AS size FROM dead_letter
            WHERE id = ANY(CAST(:ids AS bigint[]))
        """),
        {"ids": list(ids)},
    )
    return {row.id: row.size for row in rows}


async def lock(
    session: AsyncSession, listener: str, ids: Sequence[int], states: Collection[str]
) -> dict[Record, int]:
    """Those of these letters that are in one of the states, until the transaction ends."""
    rows = await session.execute(
        text(f"""
            SELECT id, {RECORD} FROM dead_letter
            WHERE id = ANY(CAST(:ids AS bigint[])) AND listener = :listener
              AND state = ANY(CAST(:states AS text[]))
            ORDER BY id FOR UPDATE
        """),  # noqa: S608 - names of columns
        {"ids": list(ids), "listener": listener, "states": list(states)},
    )
    return {record(row): row.id for row in rows}


async def resolve(
    session: AsyncSession,
    ids: Iterable[int],
    resolution: str,
    now: datetime,
    correction: Mapping[str, Any] | None = None,
) -> None:
    """Close letters as ``replayed``, ``fixed`` or ``discarded``."""
    await session.execute(
        text("""
            UPDATE dead_letter SET resolved_at = :now, resolution = :resolution,
                                   correction = CAST(:correction AS jsonb)
            WHERE id = ANY(CAST(:ids AS bigint[]))
        """),
        {
            "ids": list(ids),
            "resolution": resolution,
            "now": now,
            "correction": to_json(correction).decode() if correction else None,
        },
    )


async def failed(session: AsyncSession, letters: Mapping[int, DeadLetter], now: datetime) -> None:
    """Note that replays failed, with the newest cause of each."""
    await session.execute(
        text("""
            UPDATE dead_letter AS known
            SET attempts = attempts + 1, failed_replays = failed_replays + 1, last_seen = :now,
                stage = again.stage, cause = again.cause, detail = again.detail
            FROM unnest(CAST(:ids AS bigint[]), CAST(:stages AS text[]), CAST(:causes AS text[]),
                        CAST(:details AS text[])) AS again (id, stage, cause, detail)
            WHERE known.id = again.id
        """),
        {
            "now": now,
            "ids": list(letters),
            "stages": [letter.stage for letter in letters.values()],
            "causes": [letter.cause for letter in letters.values()],
            "details": [letter.error for letter in letters.values()],
        },
    )


async def measure(unit: Unit) -> None:
    """A job: tell metrics how many letters are open."""
    rows = await unit.session.execute(
        text("SELECT state, count(*) FROM dead_letter WHERE resolved_at IS NULL GROUP BY state")
    )
    known = dict.fromkeys(OPEN, 0) | {state: count for state, count in rows}  # noqa: C416
    for state, count in known.items():
        metrics.DEAD_LETTERS_OPEN.labels(state).set(count)


def record(row: Row[Any]) -> Record:
    """The record of a letter, as it stood in Kafka."""
    names = [name.decode(errors=LOSSLESS) for name in row.header_names]
    place = (row.topic, row.partition, row.record_offset, row.record_timestamp)
    headers = tuple(zip(names, row.header_values, strict=True))
    return Record(*place, row.key, row.value, headers)
