"""The totals of figure sets in SQL: moved by what enters and leaves, or replaced."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.figures import REPORTS
from services.aggregation.contributions.domain import ZERO, Tally
from services.aggregation.contributions.measures import Place
from services.aggregation.contributions.repository import SetKey

At = tuple[SetKey, Place]
Sides = tuple[Decimal, Decimal]
"""Numerator and denominator."""

VALUES = """
    WITH known AS (
        INSERT INTO distinct_value AS known
            (basis, template_code, period_code, code, breakdown, value, reports)
        SELECT :basis, moved.* FROM unnest(
            CAST(:templates AS text[]), CAST(:periods AS text[]), CAST(:codes AS text[]),
            CAST(:breakdowns AS text[]), CAST(:values AS text[]), CAST(:reports AS integer[])
        ) AS moved
        ON CONFLICT (template_code, period_code, basis, code, breakdown, value) DO UPDATE
        SET reports = known.reports + excluded.reports
        RETURNING new.template_code, new.period_code, new.code, new.breakdown,
                  CAST(new.reports > 0 AS integer)
                      - CAST(coalesce(old.reports, 0) > 0 AS integer) AS step
    )
    SELECT template_code, period_code, code, breakdown, sum(step) FROM known
    GROUP BY template_code, period_code, code, breakdown
"""

SUMS = """
    INSERT INTO accumulator AS known
        (basis, template_code, period_code, code, breakdown, numerator, denominator)
    SELECT :basis, template_code, period_code, code, breakdown,
           CAST(numerator AS numeric), CAST(denominator AS numeric)
    FROM unnest(
        CAST(:templates AS text[]), CAST(:periods AS text[]), CAST(:codes AS text[]),
        CAST(:breakdowns AS text[]), CAST(:numerators AS text[]), CAST(:denominators AS text[])
    ) AS moved (template_code, period_code, code, breakdown, numerator, denominator)
    ON CONFLICT (template_code, period_code, basis, code, breakdown) DO UPDATE
    SET numerator = known.numerator + excluded.numerator,
        denominator = known.denominator + excluded.denominator
"""


async def add(session: AsyncSession, moved: Mapping[SetKey, Tally]) -> None:
    """Add these differences to the totals of sets that the caller has raised."""
    steps = await _values(session, moved)
    sums = [
        (key, place, sides)
        for key in sorted(moved)
        for place, sides in sorted((moved[key].sums | steps.get(key, {})).items())
        if any(sides)
    ]
    if sums:
        parameters = _places([(key, place) for key, place, _ in sums]) | {
            "numerators": [str(over) for _, _, (over, _) in sums],
            "denominators": [str(under) for _, _, (_, under) in sums],
        }
        await session.execute(text(SUMS), parameters)


async def _values(
    session: AsyncSession, moved: Mapping[SetKey, Tally]
) -> dict[SetKey, dict[Place, Sides]]:
    """Count values in and out; by how many there are more or fewer of them now."""
    ordered = sorted(
        (key, token, reports)
        for key, tally in moved.items()
        for token, reports in tally.values.items()
        if reports
    )
    if not ordered:
        return {}
    places = [(key, (token.code, token.breakdown)) for key, token, _ in ordered]
    parameters = _places(places) | {
        "values": [token.value for _, token, _ in ordered],
        "reports": [reports for _, _, reports in ordered],
    }
    rows = await session.execute(text(VALUES), parameters)
    steps: dict[SetKey, dict[Place, Sides]] = defaultdict(dict)
    for template, period, code, breakdown, step in rows:
        steps[template, period][code, breakdown] = (Decimal(step), ZERO)
    return steps


def _places(ordered: Sequence[At]) -> dict[str, object]:
    return {
        "basis": REPORTS,
        "templates": [template for (template, _), _ in ordered],
        "periods": [period for (_, period), _ in ordered],
        "codes": [code for _, (code, _) in ordered],
        "breakdowns": [breakdown for _, (_, breakdown) in ordered],
    }


async def replace(session: AsyncSession, key: SetKey, tally: Tally) -> None:
    """Let the totals of a set, which the caller has raised, be these."""
    for table in ("distinct_value", "accumulator"):
        await session.execute(
            text(f"""
                DELETE FROM {table}
                WHERE (template_code, period_code, basis) = (:template, :period, :basis)
            """),  # noqa: S608 - one of the two names above
            {"template": key[0], "period": key[1], "basis": REPORTS},
        )
    await add(session, {key: tally})
