"""Figures to be told again: each set as it was last announced, under that event's id."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import clock
from chassis.operations.retelling import PERIOD, TEMPLATE, Page, Part, Scope
from contracts.figures import REPORTS, CityFiguresChanged
from services.aggregation.figures import reading, repository
from services.aggregation.figures.handlers import announcement

ANNOUNCED: Final = """
    FROM figure_set
    WHERE basis = :basis AND event_id IS NOT NULL AND announced_revision = revision
      AND template_code = coalesce(:template, template_code)
      AND period_code = coalesce(:period, period_code)
"""
"""A set that has moved since is announced anyway, within a second."""

COUNT = text(f"SELECT count(*) {ANNOUNCED}")
PAGE = text(f"""
    SELECT template_code, period_code, event_id, revision, announced_against {ANNOUNCED}
      AND (template_code, period_code) > (:after_template, :after_period)
    ORDER BY template_code, period_code LIMIT :most
""")


async def count(session: AsyncSession, scope: Scope) -> Mapping[str, int]:
    """How many sets there are to tell again."""
    found = await session.scalar(COUNT, _asked(scope))
    return {CityFiguresChanged.type: found or 0}


async def page(session: AsyncSession, scope: Scope, place: str, most: int) -> Page:
    """Sets by template and period; what moves meanwhile is left to its own announcement."""
    template, _, period = place.partition("/")
    at = {"after_template": template, "after_period": period, "most": most}
    rows = (await session.execute(PAGE, _asked(scope) | at)).all()
    if not rows:
        return Page([], None)
    states = await repository.catalogue_states(session)
    wanted = await reading.all_named(session, [(row[0], row[1]) for row in rows])
    sheets = await reading.sheets(session, wanted, clock.now())
    told = [
        (announcement(sheet), row.event_id)
        for row, sheet in zip(rows, sheets, strict=True)
        if (sheet.revision, states[row.template_code]) == (row.revision, row.announced_against)
    ]
    return Page(told, f"{rows[-1].template_code}/{rows[-1].period_code}")


def _asked(scope: Scope) -> dict[str, Any]:
    return {"basis": REPORTS, "template": scope.template, "period": scope.period}


FIGURES: Final = Part("figures", frozenset({TEMPLATE, PERIOD}), count, page)
