"""The least number given to versions, decisions and revisions: raised after a lossy restore.

A database restored to an earlier moment would give numbers again that others know with another
meaning. `chassis.operations.restored` raises the least one above all that were ever told.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

STEP: Final = 1_000
"""Above what was told: what was acknowledged and never told stays below it."""

LEAST: Final = "(SELECT max(least) FROM numbering)"
"""As SQL, within a statement of a service."""


async def least(session: AsyncSession) -> int:
    """No number below this one is given."""
    return int(await session.scalar(text(f"SELECT {LEAST}")) or 1)


async def step_over(session: AsyncSession, highest: int) -> int:
    """Give no number up to ``highest`` plus `STEP` any more; the least that is given."""
    await session.execute(
        text("INSERT INTO numbering (least) VALUES (:least) ON CONFLICT DO NOTHING"),
        {"least": highest + STEP},
    )
    return await least(session)
