"""The tables beside those that are served from, and taking over what was made in them."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.aggregation.contributions.models import Fact
from services.aggregation.contributions.repository import SetKey

LIVE, BESIDE = "aggregation", "aggregation_rebuild"

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = :schema ORDER BY 1"
SETTLED: Final = ("numbering",)
"""Tables that are no consequence of what is heard."""
FACT: Final = tuple(Fact.model_fields)
NEWER = f"""
    FROM {LIVE}.fact AS known LEFT JOIN {BESIDE}.fact AS made USING (report_id)
    WHERE made.report_id IS NULL OR made.decision_no < known.decision_no
"""
TAKE_FACTS = f"""
    INSERT INTO {LIVE}.fact AS known ({", ".join(FACT)})
    SELECT {", ".join(FACT)} FROM {BESIDE}.fact ORDER BY report_id
    ON CONFLICT (report_id) DO UPDATE
    SET {", ".join(f"{name} = excluded.{name}" for name in FACT)}
    WHERE excluded.decision_no >= known.decision_no
      AND to_jsonb(excluded) - 'pending' <> to_jsonb(known) - 'pending'
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


async def take_over(session: AsyncSession) -> Sequence[SetKey]:
    """Let facts, wards and templates be what was made beside; the sets whose facts changed."""
    await session.execute(text(_TAKE_WARDS))
    await session.execute(text(_TAKE_TEMPLATES))
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
