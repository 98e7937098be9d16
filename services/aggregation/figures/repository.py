"""Reading figure sets, and telling which of them are still to be announced."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.figures import REPORTS
from services.aggregation.contributions.repository import SetKey
from services.aggregation.figures.domain import Contributors, Standing, Total

STANDINGS = """
    SELECT template_code, period_code, revision, changed_at,
           CAST((SELECT jsonb_agg(jsonb_build_array(
                    code, breakdown, CAST(numerator AS text), CAST(denominator AS text)))
                 FROM accumulator AS total
                 WHERE (total.template_code, total.period_code, total.basis)
                     = (figure_set.template_code, figure_set.period_code, basis)
                ) AS text) AS totals,
           CAST((SELECT jsonb_agg(jsonb_build_array(template_version, nulls, wards))
                 FROM (SELECT counted_template_version AS template_version, nulls,
                              array_agg(ward_code) AS wards
                       FROM fact
                       WHERE entered_revision IS NOT NULL
                         AND (fact.template_code, fact.period_code)
                           = (figure_set.template_code, figure_set.period_code)
                       GROUP BY counted_template_version, nulls) AS alike
                ) AS text) AS contributors
    FROM figure_set
    JOIN unnest(CAST(:templates AS text[]), CAST(:periods AS text[]))
        AS wanted (template_code, period_code) USING (template_code, period_code)
    WHERE basis = :basis
"""


async def standings(session: AsyncSession, keys: Sequence[SetKey]) -> dict[SetKey, Standing]:
    """What these sets are at one instant; those of which nothing ever counted are left out."""
    rows = await session.execute(
        text(STANDINGS),
        {
            "basis": REPORTS,
            "templates": [template for template, _ in keys],
            "periods": [period for _, period in keys],
        },
    )
    return {
        (template, period): Standing(
            revision, changed_at, _totals(totals or "[]"), _contributors(contributors or "[]")
        )
        for template, period, revision, changed_at, totals, contributors in rows
    }


def _totals(told: str) -> dict[tuple[str, str], Total]:
    rows: list[tuple[str, str, str, str]] = from_json(told)
    return {
        (code, breakdown): Total(Decimal(numerator), Decimal(denominator))
        for code, breakdown, numerator, denominator in rows
    }


def _contributors(told: str) -> list[Contributors]:
    rows: list[tuple[int, list[Any], list[str]]] = from_json(told)
    return [
        Contributors(version, tuple((code, breakdown) for code, breakdown in nulls), tuple(wards))
        for version, nulls, wards in rows
    ]


async def lock_changed(session: AsyncSession, most: int) -> list[SetKey]:
    """Sets to be announced, those that wait longest first; held until the transaction ends."""
    rows = await session.execute(
        text("""
            WITH changed AS MATERIALIZED (
                SELECT template_code, period_code, basis FROM figure_set
                WHERE revision > announced_revision
                ORDER BY changed_at LIMIT :most
            )
            SELECT template_code, period_code
            FROM figure_set JOIN changed USING (template_code, period_code, basis)
            ORDER BY template_code, period_code, basis
            FOR UPDATE OF figure_set
        """),
        {"most": most},
    )
    return [(template, period) for template, period in rows]


async def first_changed(session: AsyncSession) -> datetime | None:
    """Since when the set waits that has waited longest to be announced."""
    found = await session.scalar(
        text("SELECT min(changed_at) FROM figure_set WHERE revision > announced_revision")
    )
    return cast("datetime | None", found)


async def announced(
    session: AsyncSession, told: Sequence[tuple[SetKey, int, UUID]], states: Mapping[str, str]
) -> None:
    """Keep which event announced which revision, and by which state of the catalogue."""
    await session.execute(
        text("""
            UPDATE figure_set
            SET announced_revision = told.revision,
                event_id = told.event_id,
                announced_against = told.state
            FROM unnest(CAST(:templates AS text[]), CAST(:periods AS text[]),
                        CAST(:revisions AS integer[]), CAST(:events AS uuid[]),
                        CAST(:states AS text[]))
                AS told (template_code, period_code, revision, event_id, state)
            WHERE (figure_set.template_code, figure_set.period_code, basis)
                = (told.template_code, told.period_code, :basis)
        """),
        {
            "basis": REPORTS,
            "templates": [key[0] for key, _, _ in told],
            "periods": [key[1] for key, _, _ in told],
            "revisions": [revision for _, revision, _ in told],
            "events": [event for _, _, event in told],
            "states": [states[key[0]] for key, _, _ in told],
        },
    )


async def catalogue_states(session: AsyncSession) -> dict[str, str]:
    """For each template a text that is another one when it, or any ward, has changed."""
    rows = await session.execute(
        text("""
            SELECT code, concat_ws('.', (SELECT count(*) FROM ward),
                                   (SELECT sum(version) FROM ward), count(*)) AS state
            FROM template GROUP BY code
        """)
    )
    return {row.code: row.state for row in rows}


async def outdated(session: AsyncSession, states: Mapping[str, str]) -> list[SetKey]:
    """Announced sets whose coverage or labels may be others by now."""
    rows = await session.execute(
        text("""
            SELECT template_code, period_code
            FROM figure_set
            JOIN unnest(CAST(:templates AS text[]), CAST(:states AS text[]))
                AS present (template_code, state) USING (template_code)
            WHERE announced_against <> state AND announced_revision = revision
        """),
        {"templates": list(states), "states": list(states.values())},
    )
    return [(template, period) for template, period in rows]
