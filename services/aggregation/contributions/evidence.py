"""Everything a figure set holds, and what it should hold by its facts alone."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.content import Content
from contracts.figures import REPORTS
from services.aggregation.contributions.domain import Amount, Contribution, Token
from services.aggregation.contributions.measures import Place
from services.aggregation.contributions.repository import Counted, SetKey

Sums = Mapping[Place, tuple[Decimal, Decimal]]
"""Numerator and denominator by place, without those that are zero."""
Stay = tuple[int, Contribution]
"""The version that counts, and what it adds."""


STAYS = """
    SELECT report_id, version, CAST(jsonb_build_array(amounts, nulls, tokens) AS text)
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


async def hold(session: AsyncSession, key: SetKey) -> None:
    """Let nobody change the facts or the totals of a set until the transaction ends."""
    about = {"template": key[0], "period": key[1]}
    for table, order in (("fact", "report_id"), ("figure_set", "basis")):
        await session.execute(
            text(f"""
                SELECT FROM {table}
                WHERE (template_code, period_code) = (:template, :period)
                ORDER BY {order} FOR UPDATE
            """),
            about,
        )


async def counted(session: AsyncSession, key: SetKey) -> dict[UUID, Counted]:
    """What counts in a set by its facts, whether or not its template is known."""
    rows = await session.execute(
        text("""
            SELECT report_id, counted_version, counted_template_version, CAST(counted AS text)
            FROM fact
            WHERE (template_code, period_code) = (:template, :period)
              AND counted_version IS NOT NULL
            ORDER BY report_id
        """),
        {"template": key[0], "period": key[1]},
    )
    return {
        report: Counted(version, (key[0], of), Content.model_validate_json(content))
        for report, version, of, content in rows
    }


async def held(session: AsyncSession, key: SetKey) -> Holdings:
    """What a set holds."""
    about = {"template": key[0], "period": key[1], "basis": REPORTS}
    stays = await session.execute(text(STAYS), about)
    sums = await session.execute(text(SUMS), about)
    values = await session.execute(text(VALUES), about)
    return Holdings(
        {report: (version, _contribution(parts)) for report, version, parts in stays},
        {(code, breakdown): (num, den) for code, breakdown, num, den in sums},
        {Token(code, breakdown, value): reports for code, breakdown, value, reports in values},
    )


def _contribution(parts: str) -> Contribution:
    amounts, nulls, tokens = from_json(parts)
    return Contribution(
        tuple(_amount(*amount) for amount in amounts),
        tuple((code, breakdown) for code, breakdown in nulls),
        tuple(Token(*token) for token in tokens),
    )


def _amount(code: str, breakdown: str, numerator: str, denominator: str | None) -> Amount:
    over = None if denominator is None else Decimal(denominator)
    return Amount(code, breakdown, Decimal(numerator), over)


def due(stays: Mapping[UUID, Stay]) -> Holdings:
    """What a set should hold when this counts: added up here, apart from the database."""
    added = [contribution for _, contribution in stays.values()]
    sums: dict[Place, tuple[Decimal, Decimal]] = {}
    values = Counter(token for each in added for token in each.tokens)
    for amount in _amounts(added, values):
        numerator, denominator = sums.get((amount.code, amount.breakdown), (Decimal(0),) * 2)
        sums[amount.code, amount.breakdown] = (
            numerator + amount.numerator,
            denominator + (amount.denominator or 0),
        )
    return Holdings(stays, {at: sides for at, sides in sums.items() if any(sides)}, values)


def _amounts(added: Iterable[Contribution], values: Iterable[Token]) -> Iterator[Amount]:
    """Every amount, and one for each different value."""
    for each in added:
        yield from each.amounts
    for token in values:
        yield Amount(token.code, token.breakdown, Decimal(1))
