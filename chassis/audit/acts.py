"""Who did what, on what and when: rows of the transaction that did it, and never changed.

`chassis.audit.chain` makes a chain of them that shows if somebody changed one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Act:
    """One act; ``who`` is an opaque subject, ``object`` a path such as ``report/<id>``."""

    at: datetime
    who: str
    action: str
    object: str
    version: int | None
    correlation_id: str
    details: Mapping[str, Any]


async def write_down(session: AsyncSession, acts: Sequence[Act]) -> None:
    """Add rows, still unsealed."""
    await session.execute(
        text("""
            WITH added AS (
                INSERT INTO audit (at, who, action, object, version, correlation_id, details)
                SELECT at, who, action, object, version, correlation_id, CAST(details AS jsonb)
                FROM unnest(CAST(:instants AS timestamptz[]), CAST(:people AS text[]),
                            CAST(:actions AS text[]), CAST(:objects AS text[]),
                            CAST(:versions AS integer[]), CAST(:correlations AS text[]),
                            CAST(:details AS text[])) WITH ORDINALITY
                     AS act (at, who, action, object, version, correlation_id, details, place)
                ORDER BY place RETURNING id
            )
            INSERT INTO audit_unsealed (entry) SELECT id FROM added
        """),
        {
            "instants": [act.at for act in acts],
            "people": [act.who for act in acts],
            "actions": [act.action for act in acts],
            "objects": [act.object for act in acts],
            "versions": [act.version for act in acts],
            "correlations": [act.correlation_id for act in acts],
            "details": [to_json(act.details).decode() for act in acts],
        },
    )
