"""The totals in SQL: moved by what enters and leaves, or made anew from what is there."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

ADDED_UP = """
    , brought AS (
        SELECT template_code, period_code, basis,
               token ->> 0 AS code, token ->> 1 AS breakdown, token ->> 2 AS value,
               CAST(sum(sign) AS integer) AS reports
        FROM moved, jsonb_array_elements(tokens) AS token
        GROUP BY template_code, period_code, basis, code, breakdown, value
        HAVING sum(sign) <> 0
    ), known AS (
        INSERT INTO distinct_value AS known
            (template_code, period_code, basis, code, breakdown, value, reports)
        SELECT * FROM brought ORDER BY template_code, period_code, basis, code, breakdown, value
        ON CONFLICT (template_code, period_code, basis, code, breakdown, value) DO UPDATE
        SET reports = known.reports + excluded.reports
        RETURNING new.template_code, new.period_code, new.basis, new.code, new.breakdown,
                  CAST(new.reports > 0 AS integer)
                      - CAST(coalesce(old.reports, 0) > 0 AS integer) AS step
    ), deltas AS (
        SELECT template_code, period_code, basis,
               amount ->> 0 AS code, amount ->> 1 AS breakdown,
               sign * CAST(amount ->> 2 AS numeric) AS numerator,
               sign * coalesce(CAST(amount ->> 3 AS numeric), 0) AS denominator
        FROM moved, jsonb_array_elements(amounts) AS amount
        UNION ALL
        SELECT template_code, period_code, basis, code, breakdown, step, 0 FROM known
    )
    INSERT INTO accumulator AS known
        (template_code, period_code, basis, code, breakdown, numerator, denominator)
    SELECT template_code, period_code, basis, code, breakdown, sum(numerator), sum(denominator)
    FROM deltas
    GROUP BY template_code, period_code, basis, code, breakdown
    HAVING sum(numerator) <> 0 OR sum(denominator) <> 0
    ORDER BY template_code, period_code, basis, code, breakdown
    ON CONFLICT (template_code, period_code, basis, code, breakdown) DO UPDATE
    SET numerator = known.numerator + excluded.numerator,
        denominator = known.denominator + excluded.denominator
"""

MOVED = """
    WITH moved AS (
        SELECT template_code, period_code, basis, amounts, tokens,
               CASE WHEN entered_revision = revision THEN 1 ELSE -1 END AS sign
        FROM contribution JOIN figure_set USING (template_code, period_code, basis)
        WHERE report_id = ANY(CAST(:reports AS uuid[]))
          AND revision IN (entered_revision, left_revision)
    )
"""

ALL_OF_SET = """
    WITH moved AS (
        SELECT template_code, period_code, basis, amounts, tokens, 1 AS sign
        FROM contribution
        WHERE (template_code, period_code, basis) = (:template, :period, :basis)
          AND left_revision IS NULL
    )
"""


async def move(session: AsyncSession, reports: Collection[UUID]) -> None:
    """Apply what these reports brought and took away at their sets' present revisions.

    A revision's difference must be applied exactly once: call it after their sets were
    raised, and only for those of which something entered or left with that.
    """
    await session.execute(text(MOVED + ADDED_UP), {"reports": sorted(reports)})


async def make_anew(session: AsyncSession, template: str, period: str, basis: str) -> None:
    """Replace the totals of a set, which the caller holds, by the sum of what counts."""
    key = {"template": template, "period": period, "basis": basis}
    for table in ("distinct_value", "accumulator"):
        await session.execute(
            text(f"""
                DELETE FROM {table}
                WHERE (template_code, period_code, basis) = (:template, :period, :basis)
            """),  # noqa: S608 - one of the two names above
            key,
        )
    await session.execute(text(ALL_OF_SET + ADDED_UP), key)
