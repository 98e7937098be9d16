"""The tables beside those that are served from, and taking over what was made in them."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.aggregation.contributions.models import Fact
from services.aggregation.contributions.repository import SetKey

LIVE, BESIDE = "aggregation", "aggregation_rebuild"

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = :schema ORDER BY 1"
SETTLED: Final = ("numbering",)
"""Tables that are no consequence of what is heard."""
STANDS: Final = ("entered_revision", "entered_decision_no", "entered_at", "nulls", "edition")
"""Columns of what is served: since when a report is in the totals is not made anew."""
FACT: Final = tuple(name for name in Fact.model_fields if name not in STANDS)
TAKEN: Final = tuple(name for name in FACT if name != "pending")
"""Who is pending follows from the templates."""
NEWER = f"""
    FROM {LIVE}.fact AS known LEFT JOIN {BESIDE}.fact AS made USING (report_id)
    WHERE made.report_id IS NULL OR made.decision_no < known.decision_no
"""
LEAVING = f"""
    SELECT known.report_id
    FROM {LIVE}.fact AS known JOIN {BESIDE}.fact AS made USING (report_id)
    WHERE known.entered_revision IS NOT NULL AND made.decision_no >= known.decision_no
      AND (known.counted_version, known.counted_template_version, known.counted)
          IS DISTINCT FROM (made.counted_version, made.counted_template_version, made.counted)
    ORDER BY 1
"""  # noqa: S608 - constants
TAKE_FACTS = f"""
    INSERT INTO {LIVE}.fact AS known (edition, {", ".join(FACT)})
    SELECT edition, {", ".join(FACT)} FROM {BESIDE}.fact ORDER BY report_id
    ON CONFLICT (report_id) DO UPDATE
    SET edition = known.edition + 1, {", ".join(f"{name} = excluded.{name}" for name in TAKEN)}
    WHERE excluded.decision_no >= known.decision_no
      AND ({", ".join(f"excluded.{name}" for name in TAKEN)})
          IS DISTINCT FROM ({", ".join(f"known.{name}" for name in TAKEN)})
    RETURNING template_code, period_code
"""  # noqa: S608 - constants
STILL_PENDING = """
    UPDATE aggregation.fact SET pending = NOT pending
    WHERE pending <> (counted IS NOT NULL AND NOT EXISTS (
        SELECT FROM aggregation.template AS known
        WHERE (known.code, known.version) = (template_code, counted_template_version)))
"""


async def group(session: AsyncSession) -> str | None:
    """The consumer group of a rebuild that has begun and not ended."""
    if await session.scalar(text(f"SELECT to_regclass('{BESIDE}.run')")) is None:
        return None
    found = await session.scalar(text(f"SELECT consumer_group FROM {BESIDE}.run"))  # noqa: S608 - a constant
    return str(found) if found else None


async def make(session: AsyncSession, consumer_group: str) -> None:
    """Tables like those that are served from, without what was heard."""
    await clear(session)
    for table in await session.scalars(text(TABLES), {"schema": LIVE}):
        like = f'CREATE TABLE {BESIDE}."{table}" (LIKE {LIVE}."{table}" INCLUDING ALL)'
        await session.execute(text(like))
        if table in SETTLED:
            rows = f"INSERT INTO {BESIDE}.{table} SELECT * FROM {LIVE}.{table}"  # noqa: S608 - constants
            await session.execute(text(rows))
    await session.execute(text(f"CREATE TABLE {BESIDE}.run (consumer_group text NOT NULL)"))
    begun = text(f"INSERT INTO {BESIDE}.run VALUES (:group)")  # noqa: S608 - a constant
    await session.execute(begun, {"group": consumer_group})


async def clear(session: AsyncSession) -> None:
    """Let nothing be beside."""
    for table in await session.scalars(text(TABLES), {"schema": BESIDE}):
        await session.execute(text(f'DROP TABLE {BESIDE}."{table}"'))


async def hold(session: AsyncSession) -> None:
    """Let nobody change a fact until this transaction ends, however long that is."""
    for limit in ("transaction_timeout", "idle_in_transaction_session_timeout"):
        await session.execute(text(f"SET LOCAL {limit} = 0"))
    await session.execute(text("SET LOCAL lock_timeout = '9s'"))
    await session.execute(text(f"LOCK TABLE {LIVE}.fact IN SHARE ROW EXCLUSIVE MODE"))


async def facts(session: AsyncSession) -> int:
    """How many reports are known where it is served from."""
    return int(await session.scalar(text(f"SELECT count(*) FROM {LIVE}.fact")) or 0)  # noqa: S608 - a constant


async def newer(session: AsyncSession) -> list[str]:
    """Reports that are known by a decision which did not come out of the topics."""
    rows = await session.execute(
        text(f"""
            SELECT known.ward_code, known.template_code, known.period_code, known.decision_no
            {NEWER} ORDER BY 2, 3, 1
        """)
    )
    return [f"{ward}/{template}/{period} (decision {no})" for ward, template, period, no in rows]


async def letters(session: AsyncSession) -> int:
    """How many records could not be applied beside."""
    return int(await session.scalar(text(f"SELECT count(*) FROM {BESIDE}.dead_letter")) or 0)  # noqa: S608 - a constant


async def take_catalogue(session: AsyncSession) -> None:
    """Let wards and templates be what was made beside."""
    await session.execute(text(_TAKE_WARDS))
    await session.execute(text(_TAKE_TEMPLATES))


async def leaving(session: AsyncSession) -> list[UUID]:
    """The reports in the totals of which something else is to count."""
    return [*await session.scalars(text(LEAVING))]


async def take_facts(session: AsyncSession) -> Sequence[SetKey]:
    """Let facts be what was made beside; the sets of those that changed."""
    rows = await session.execute(text(TAKE_FACTS))
    changed = {(template, period) for template, period in rows}
    await session.execute(text(STILL_PENDING))
    return sorted(changed)


_TAKE_WARDS = f"""
    INSERT INTO {LIVE}.ward AS known SELECT * FROM {BESIDE}.ward
    ON CONFLICT (code) DO UPDATE
    SET version = excluded.version, sort_key = excluded.sort_key, entry = excluded.entry
    WHERE excluded.version >= known.version AND excluded.entry <> known.entry
"""  # noqa: S608 - constants
_TAKE_TEMPLATES = f"""
    INSERT INTO {LIVE}.template SELECT * FROM {BESIDE}.template ON CONFLICT DO NOTHING
"""  # noqa: S608 - constants
