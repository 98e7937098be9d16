"""Versions that enter the totals of figure sets and leave them, a whole batch at once.

Locks are taken in this order, and by key: `facts.about_to_write`, figure sets, facts. Whoever has
raised a set's revision holds the set: nobody else changes its totals, or who is in them.
Statements are given all they need: a join that is planned before the first statistics may take
seconds.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import structlog
from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.numbering import LEAST
from chassis.unit import Unit
from contracts.figures import REPORTS
from services.aggregation.contributions import facts, totals
from services.aggregation.contributions.domain import Contribution, Tally
from services.aggregation.contributions.measures import Misfit
from services.aggregation.contributions.plans import Templates, added
from services.aggregation.contributions.repository import Known, SetKey, Standing

log = structlog.get_logger()

Revisions = Mapping[SetKey, int]


class Leaving(NamedTuple):
    """A report in the totals that leaves them, and what it adds until then."""

    known: Known
    contribution: Contribution


def leaving(known: Known | None, templates: Templates) -> Leaving | None:
    """What leaves when nothing of a report counts any more; null when it is in no totals."""
    if known is None or not known.is_in or known.counted is None:
        return None
    try:
        return Leaving(known, added(known.counted, templates))
    except Misfit:  # our code reads it otherwise than when it entered: `recompute` mends the totals
        log.exception("stay_misfits", report_id=known.report_id)
        return Leaving(known, Contribution())


class Change(NamedTuple):
    """A report of which something else is in the totals than before, by which decision."""

    set_key: SetKey
    decision_no: int
    leaving: Leaving | None
    entering: Contribution | None


async def settle(unit: Unit, changes: Sequence[Change]) -> Revisions:
    """Let what leaves leave and what enters enter the totals; the sets' new revisions.

    Each set of which anything moves is raised by one. The caller says so in the facts.
    """
    if not changes:
        return {}
    revisions = await raise_revisions(unit.session, {c.set_key for c in changes}, unit.now)
    moved = {key: Tally() for key in revisions}
    for key, _, leaving, entering in changes:
        if leaving:
            moved[key].add(leaving.contribution, -1)
        if entering:
            moved[key].add(entering)
    await _end(unit, [change for change in changes if change.leaving], revisions)
    await totals.add(unit.session, moved)
    return revisions


async def correct(
    unit: Unit, wrong: Sequence[tuple[Known, Contribution | None]], templates: Templates
) -> None:
    """Let known reports add this, or nothing, instead of what they add; none of them waits more."""
    changes = [
        Change(known.set_key, known.decision_no, leaving(known, templates), due)
        for known, due in wrong
    ]
    revisions = await settle(unit, [each for each in changes if each.leaving or each.entering])
    moved = [
        (known, standing(known.standing.out, change, revisions, unit.now))
        for (known, _), change in zip(wrong, changes, strict=True)
    ]
    await facts.move(unit.session, moved)


def standing(out: Standing, change: Change | None, revisions: Revisions, now: datetime) -> Standing:
    """What stands of a report that was in no totals, once a change of them is made."""
    if change is None or change.entering is None:
        return out
    nulls = change.entering.nulls
    return Standing(
        *out[:4],
        entered_revision=revisions[change.set_key],
        entered_decision_no=change.decision_no,
        entered_at=now,
        nulls=to_json(nulls).decode() if nulls else "[]",
    )


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


END = """
    INSERT INTO contribution
        (basis, left_at, report_id, template_code, period_code, ward_code, version,
         template_version, counted, entered_revision, decision_no, entered_at,
         left_revision, left_decision_no)
    SELECT :basis, :now, ended.* FROM unnest(
        CAST(:reports AS uuid[]), CAST(:templates AS text[]), CAST(:periods AS text[]),
        CAST(:wards AS text[]), CAST(:versions AS integer[]), CAST(:of AS integer[]),
        CAST(:contents AS jsonb[]), CAST(:revisions AS integer[]),
        CAST(:decisions AS integer[]), CAST(:instants AS timestamptz[]),
        CAST(:left AS integer[]), CAST(:by AS integer[])
    ) AS ended
"""


async def _end(unit: Unit, changes: Sequence[Change], revisions: Revisions) -> None:
    """Write down the stays that end, from where they began to their sets' new revisions."""
    leaving = [change.leaving.known for change in changes if change.leaving]
    if not leaving:
        return
    stays = [known.standing for known in leaving]
    await unit.session.execute(
        text(END),
        {
            "basis": REPORTS,
            "now": unit.now,
            "reports": [known.report_id for known in leaving],
            "templates": [known.set_key[0] for known in leaving],
            "periods": [known.set_key[1] for known in leaving],
            "wards": [known.ward_code for known in leaving],
            "versions": [stay.version for stay in stays],
            "of": [stay.template_version for stay in stays],
            "contents": [stay.content for stay in stays],
            "revisions": [stay.entered_revision for stay in stays],
            "decisions": [stay.entered_decision_no for stay in stays],
            "instants": [stay.entered_at for stay in stays],
            "left": [revisions[known.set_key] for known in leaving],
            "by": [change.decision_no for change in changes],
        },
    )
