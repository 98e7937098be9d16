"""Positions that readers hold, after a restore to a moment when the logs were shorter."""

from typing import Final

from sqlalchemy import text

from chassis.operations.own_topics import Told
from chassis.unit import Unit

STEP: Final = 1_000_000
"""More than is ever written between a backup and its restore."""
LOGS: Final = ("notice", "signal")


async def step(unit: Unit) -> str:
    """Let positions go on far above any a reader may hold: all of them begin anew."""
    for log in LOGS:
        await unit.session.execute(
            text(f"""
                WITH stepped AS (
                    SELECT setval(pg_get_serial_sequence('{log}', 'position'),
                                  coalesce(max(position), 0) + :step) AS position
                    FROM {log}
                )
                INSERT INTO purged AS known (log, position) SELECT '{log}', position FROM stepped
                ON CONFLICT (log) DO UPDATE SET position = excluded.position
            """),  # noqa: S608 - names of our own tables
            {"step": STEP},
        )
    return f"positions are stepped by {STEP}, and every stream begins anew"


TOLD = Told(step=step)
