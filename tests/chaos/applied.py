"""Counts how often each event took effect, in the transaction in which it did.

It is not idempotent, unlike the handlers themselves: an event that is applied twice is seen here
even where a sequence guard hides it.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import text

from chassis.unit import Received, Unit

SCHEMA: Final = """
CREATE SCHEMA IF NOT EXISTS chaos;
CREATE TABLE IF NOT EXISTS chaos.applied (
    service text NOT NULL,
    handler text NOT NULL,
    event_id uuid NOT NULL,
    times integer NOT NULL,
    PRIMARY KEY (service, handler, event_id)
);
GRANT USAGE ON SCHEMA chaos TO submission, validation, aggregation, notification;
GRANT SELECT, INSERT, UPDATE ON chaos.applied
    TO submission, validation, aggregation, notification;
"""
"""For the administrator, in the line's database. Without a row an event was never applied."""


async def count(service: str, handler: str, events: Sequence[Received[Any]], unit: Unit) -> None:
    """Note one more application of each of these events."""
    await unit.session.execute(
        text("""
            INSERT INTO chaos.applied AS known (service, handler, event_id, times)
            SELECT :service, :handler, id, count(*)
            FROM unnest(CAST(:ids AS uuid[])) AS id GROUP BY id ORDER BY id
            ON CONFLICT (service, handler, event_id)
            DO UPDATE SET times = known.times + excluded.times
        """),
        {"service": service, "handler": handler, "ids": [event.id for event in events]},
    )
