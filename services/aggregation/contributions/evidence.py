"""Everything a figure set holds, and what it should hold by its facts alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.content import Content
from contracts.figures import REPORTS
from services.aggregation.contributions.domain import Tally, Token
from services.aggregation.contributions.ledger import Stay, contribution
from services.aggregation.contributions.measures import Place
from services.aggregation.contributions.repository import Change, Counted, SetKey

Sums = Mapping[Place, tuple[Decimal, Decimal]]
"""Numerator and denominator by place, without those that are zero."""


STAYS = """
    SELECT report_id, version, template_version,
           CAST(jsonb_build_array(amounts, nulls, tokens) AS text)
    FROM contribution
    WHERE (template_code, period_code, basis) = (:template, :period, :basis)
      AND left_revision IS NULL
"""
SUMS = """
    SELECT code, breakdown, numerator, denominator FROM accumulator
    WHERE (template_code, period_code, basis) = (:template, :period, :basis)
      AND (numerator <> 0 OR denominator <> 0)
"""
VALUES = """
    SELECT code, breakdown, value, reports FROM distinct_value
    WHERE (template_code, period_code, basis) = (:template, :period, :basis) AND reports > 0
"""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a set holds: stays by report, totals, and in how many reports each value stands."""

    stays: Mapping[UUID, Stay]
    sums: Sums
    values: Mapping[Token, int]


async def set_keys(session: AsyncSession) -> list[SetKey]:
    """Every template and period of which anything is known."""
    rows = await session.execute(
        text("""
            SELECT template_code, period_code FROM fact
            UNION SELECT template_code, period_code FROM figure_set
            ORDER BY template_code, period_code
        """)
    )
    return [(template, period) for template, period in rows]


async def hold(session: AsyncSession, key: SetKey, now: datetime) -> None:
    """Let nobody change the facts or the totals of a set until the transaction ends.

    A set that does not exist is made at revision 0: there must be something to hold.
    """
    about = {"template": key[0], "period": key[1], "basis": REPORTS}
    await session.execute(
        text("""
            SELECT FROM fact WHERE (template_code, period_code) = (:template, :period)
            ORDER BY report_id FOR UPDATE
        """),
        about,
    )
    await session.execute(
        text("""
            INSERT INTO figure_set AS known
                (template_code, period_code, basis, revision, changed_at)
            VALUES (:template, :period, :basis, 0, :now)
            ON CONFLICT (template_code, period_code, basis) DO UPDATE
            SET revision = known.revision
        """),
        about | {"now": now},
    )


async def known(session: AsyncSession, key: SetKey) -> list[tuple[Change, Counted | None]]:
    """Every report of a set by its facts, and what of it should count."""
    rows = await session.execute(
        text("""
            SELECT report_id, ward_code, decision_no, counted_version, counted_template_version,
                   CAST(counted AS text)
            FROM fact WHERE (template_code, period_code) = (:template, :period)
            ORDER BY report_id
        """),
        {"template": key[0], "period": key[1]},
    )
    return [
        (
            Change(report, key, ward, decision, counting=False),
            content and Counted(version, (key[0], of), Content.model_validate_json(content)),
        )
        for report, ward, decision, version, of, content in rows
    ]


async def held(session: AsyncSession, key: SetKey) -> Holdings:
    """What a set holds."""
    about = {"template": key[0], "period": key[1], "basis": REPORTS}
    stays = await session.execute(text(STAYS), about)
    sums = await session.execute(text(SUMS), about)
    values = await session.execute(text(VALUES), about)
    return Holdings(
        {
            report: Stay(version, template, contribution(parts))
            for report, version, template, parts in stays
        },
        {(code, breakdown): (num, den) for code, breakdown, num, den in sums},
        {Token(code, breakdown, value): reports for code, breakdown, value, reports in values},
    )


def due(stays: Mapping[UUID, Stay]) -> Holdings:
    """What a set should hold when this counts."""
    tally = Tally(stay.contribution for stay in stays.values())
    sums = dict(tally.sums)
    for token in tally.values:
        at = (token.code, token.breakdown)
        sums[at] = (sums.get(at, (Decimal(0),))[0] + 1, Decimal(0))
    return Holdings(stays, {at: sides for at, sides in sums.items() if any(sides)}, tally.values)
