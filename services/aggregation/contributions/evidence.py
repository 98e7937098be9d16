"""Everything a figure set holds, and what it should hold by its facts alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.figures import REPORTS
from services.aggregation.contributions import facts
from services.aggregation.contributions.domain import ZERO, Contribution, Tally, Token
from services.aggregation.contributions.measures import Place
from services.aggregation.contributions.repository import Known, SetKey

Sums = Mapping[Place, tuple[Decimal, Decimal]]
"""Numerator and denominator by place, without those that are zero."""

SUMS = """
    SELECT code, breakdown, numerator, denominator FROM accumulator
    WHERE (template_code, period_code, basis) = (:template, :period, :basis)
      AND (numerator <> 0 OR denominator <> 0)
"""
VALUES = """
    SELECT code, breakdown, value, reports FROM distinct_value
    WHERE (template_code, period_code, basis) = (:template, :period, :basis) AND reports > 0
"""


class Stay(NamedTuple):
    """The version of a report that is in the totals, and where it says nothing."""

    version: int | None
    template_version: int | None
    nulls: tuple[Place, ...]


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
    """Let nobody change what is in the totals of a set until the transaction ends.

    A set that does not exist is made at revision 0: there must be something to hold.
    """
    await facts.about_to_write(session)
    await session.execute(
        text("""
            INSERT INTO figure_set AS known
                (template_code, period_code, basis, revision, changed_at)
            VALUES (:template, :period, :basis, 0, :now)
            ON CONFLICT (template_code, period_code, basis) DO UPDATE
            SET revision = known.revision
        """),
        {"template": key[0], "period": key[1], "basis": REPORTS, "now": now},
    )


async def held(session: AsyncSession, key: SetKey, reports: Sequence[Known]) -> Holdings:
    """What a set of these reports holds."""
    about = {"template": key[0], "period": key[1], "basis": REPORTS}
    sums = await session.execute(text(SUMS), about)
    values = await session.execute(text(VALUES), about)
    return Holdings(
        {known.report_id: _stay(known) for known in reports if known.is_in},
        {(code, breakdown): (num, den) for code, breakdown, num, den in sums},
        {Token(code, breakdown, value): reports for code, breakdown, value, reports in values},
    )


def due(adding: Sequence[tuple[Known, Contribution]]) -> Holdings:
    """What a set should hold when these reports add this."""
    tally = Tally(contribution for _, contribution in adding)
    sums = dict(tally.sums)
    for token in tally.values:
        at = (token.code, token.breakdown)
        sums[at] = (sums.get(at, (ZERO,))[0] + 1, ZERO)
    return Holdings(
        {known.report_id: _stay(known)._replace(nulls=each.nulls) for known, each in adding},
        {at: sides for at, sides in sums.items() if any(sides)},
        tally.values,
    )


def _stay(known: Known) -> Stay:
    nulls = from_json(known.standing.nulls or "[]")
    places = tuple((code, breakdown) for code, breakdown in nulls)
    return Stay(known.standing.version, known.standing.template_version, places)
