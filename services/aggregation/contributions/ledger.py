"""Contributions that enter and leave: one statement for each effect of a whole batch.

Locks are taken table by table and by key: facts, figure sets, contributions, values, totals.
Whoever has raised a set's revision holds the set, so its totals are theirs alone. Statements
are given all they need: a join that is planned before the first statistics may take seconds.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from pydantic_core import from_json, to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.numbering import LEAST
from chassis.unit import Unit
from contracts.figures import REPORTS
from services.aggregation.contributions import totals
from services.aggregation.contributions.domain import Amount, Contribution, Tally, Token
from services.aggregation.contributions.repository import Change, SetKey

Revisions = Mapping[SetKey, int]


class Stay(NamedTuple):
    """The version of a report that counts, that of its template, and what it adds."""

    version: int
    template_version: int
    contribution: Contribution


async def settle(unit: Unit, changes: Sequence[Change], entering: Mapping[UUID, Stay]) -> None:
    """Let the old contributions of these reports leave and the new ones enter.

    Each figure set of which anything moves is raised by one revision.
    """
    moving = [change for change in changes if change.counting or change.report_id in entering]
    if not moving:
        return
    sets = {change.set_key for change in moving}
    revisions = await raise_revisions(unit.session, sets, unit.now)
    moved = {key: Tally() for key in sets}
    leaving = [change for change in moving if change.counting]
    for key, contribution in await _leave(unit, leaving, revisions) if leaving else ():
        moved[key].add(contribution, -1)
    arriving = [change for change in moving if change.report_id in entering]
    for change in arriving:
        moved[change.set_key].add(entering[change.report_id].contribution)
    if arriving:
        await _enter(unit, arriving, entering, revisions)
    await totals.add(unit.session, moved)


async def raise_revisions(
    session: AsyncSession, keys: Collection[SetKey], now: datetime
) -> Revisions:
    """Give each of the sets its next revision, and hold them until the transaction ends."""
    ordered = sorted(set(keys))
    rows = await session.execute(
        text(f"""
            INSERT INTO figure_set AS known
                (template_code, period_code, basis, revision, changed_at)
            SELECT template_code, period_code, :basis, {LEAST}, :now
            FROM unnest(CAST(:templates AS text[]), CAST(:periods AS text[]))
                AS raised (template_code, period_code)
            ON CONFLICT (template_code, period_code, basis) DO UPDATE
            SET revision = greatest(known.revision + 1, excluded.revision),
                changed_at = excluded.changed_at
            RETURNING template_code, period_code, revision
        """),  # noqa: S608 - a constant
        {
            "basis": REPORTS,
            "now": now,
            "templates": [template for template, _ in ordered],
            "periods": [period for _, period in ordered],
        },
    )
    return {(template, period): revision for template, period, revision in rows}


async def _leave(
    unit: Unit, leaving: Sequence[Change], revisions: Revisions
) -> list[tuple[SetKey, Contribution]]:
    """End what these reports add, at their sets' new revisions; what that was."""
    rows = await unit.session.execute(
        text("""
            UPDATE contribution
            SET left_revision = leaving.revision,
                left_decision_no = leaving.decision_no,
                left_at = :now
            FROM unnest(CAST(:reports AS uuid[]), CAST(:revisions AS integer[]),
                        CAST(:decisions AS integer[]))
                AS leaving (report_id, revision, decision_no)
            WHERE contribution.report_id = leaving.report_id
              AND basis = :basis AND left_revision IS NULL
            RETURNING template_code, period_code,
                      CAST(jsonb_build_array(amounts, nulls, tokens) AS text)
        """),
        {
            "basis": REPORTS,
            "now": unit.now,
            "reports": [change.report_id for change in leaving],
            "revisions": [revisions[change.set_key] for change in leaving],
            "decisions": [change.decision_no for change in leaving],
        },
    )
    return [((template, period), contribution(parts)) for template, period, parts in rows]


ENTER = """
    INSERT INTO contribution
        (basis, entered_at, report_id, entered_revision, template_code, period_code, ward_code,
         decision_no, version, template_version, amounts, nulls, tokens)
    SELECT :basis, :now, entering.* FROM unnest(
        CAST(:reports AS uuid[]), CAST(:revisions AS integer[]), CAST(:templates AS text[]),
        CAST(:periods AS text[]), CAST(:wards AS text[]), CAST(:decisions AS integer[]),
        CAST(:versions AS integer[]), CAST(:template_versions AS integer[]),
        CAST(:amounts AS jsonb[]), CAST(:nulls AS jsonb[]), CAST(:tokens AS jsonb[])
    ) AS entering
"""


async def _enter(
    unit: Unit, arriving: Sequence[Change], entering: Mapping[UUID, Stay], revisions: Revisions
) -> None:
    """Let these reports add what they say, from their sets' new revisions on."""
    stays = [entering[change.report_id] for change in arriving]
    await unit.session.execute(
        text(ENTER),
        {
            "basis": REPORTS,
            "now": unit.now,
            "reports": [change.report_id for change in arriving],
            "revisions": [revisions[change.set_key] for change in arriving],
            "templates": [change.set_key[0] for change in arriving],
            "periods": [change.set_key[1] for change in arriving],
            "wards": [change.ward_code for change in arriving],
            "decisions": [change.decision_no for change in arriving],
            "versions": [stay.version for stay in stays],
            "template_versions": [stay.template_version for stay in stays],
            "amounts": [_numbers(stay.contribution.amounts) for stay in stays],
            "nulls": [to_json(stay.contribution.nulls).decode() for stay in stays],
            "tokens": [to_json(stay.contribution.tokens).decode() for stay in stays],
        },
    )


def _numbers(amounts: Sequence[Amount]) -> str:
    """Digits as text: JSON readers take numbers for binary fractions."""
    return to_json(
        [
            (
                a.code,
                a.breakdown,
                str(a.numerator),
                None if a.denominator is None else str(a.denominator),
            )
            for a in amounts
        ]
    ).decode()


def contribution(parts: str) -> Contribution:
    """What a row says: its amounts, nulls and tokens as JSON."""
    amounts, nulls, tokens = from_json(parts)
    return Contribution(
        tuple(_amount(*amount) for amount in amounts),
        tuple((code, breakdown) for code, breakdown in nulls),
        tuple(Token(*token) for token in tokens),
    )


def _amount(code: str, breakdown: str, numerator: str, denominator: str | None) -> Amount:
    over = None if denominator is None else Decimal(denominator)
    return Amount(code, breakdown, Decimal(numerator), over)
