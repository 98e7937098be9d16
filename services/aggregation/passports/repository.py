"""Reading which versions stand behind a figure, now and over its revisions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.figures import REPORTS
from services.aggregation.contributions.measures import Place
from services.aggregation.contributions.repository import SetKey

Position = tuple[int, UUID, str]
"""Where a change stands in the history: revision, report, ``entered`` or ``left``."""


class Change(NamedTuple):
    """A version that entered the totals of a set, or left them, by which decision and when."""

    report_id: UUID
    ward_code: str
    version: int
    template_version: int
    decision_no: int
    revision: int
    at: datetime
    change: str
    """``entered`` or ``left``."""
    content: str | None
    """As JSON; null of stays that ended before contents were kept, which have ``sums``."""
    sums: str | None


@dataclass(frozen=True, slots=True)
class Scope:
    """One figure of one set, as far as these wards are behind it; null for all wards."""

    key: SetKey
    place: Place
    wards: Collection[str] | None

    def parameters(self) -> dict[str, Any]:
        """What is asked with."""
        return {
            "template": self.key[0],
            "period": self.key[1],
            "basis": REPORTS,
            "wards": None if self.wards is None else sorted(self.wards),
        }


OURS: Final = "(CAST(:wards AS text[]) IS NULL OR ward_code = ANY(CAST(:wards AS text[])))"
COUNTING: Final = f"""
    SELECT report_id, ward_code, counted_version AS version,
           counted_template_version AS template_version, entered_decision_no AS decision_no,
           entered_revision AS revision, entered_at AS at, 'entered' AS change, counted,
           CAST(NULL AS jsonb) AS sums
    FROM fact
    WHERE (template_code, period_code) = (:template, :period)
      AND entered_revision IS NOT NULL AND {OURS}
"""  # noqa: S608 - a constant
ENDED: Final = f"""
    FROM contribution
    WHERE (template_code, period_code, basis) = (:template, :period, :basis) AND {OURS}
"""
CHANGE: Final = """
    SELECT report_id, ward_code, version, template_version, decision_no, revision, at, change,
           CAST(counted AS text), CAST(sums AS text)
"""
HISTORY: Final = f"""
    WITH step AS (
        {COUNTING}
        UNION ALL
        SELECT report_id, ward_code, version, template_version, decision_no,
               entered_revision, entered_at, 'entered', counted, sums {ENDED}
        UNION ALL
        SELECT report_id, ward_code, version, template_version, left_decision_no,
               left_revision, left_at, 'left', counted, sums {ENDED}
    )
    {CHANGE} FROM step
    WHERE CAST(:revision AS integer) IS NULL
       OR (-revision, report_id, change)
          > (-CAST(:revision AS integer), CAST(:report AS uuid), CAST(:change AS text))
    ORDER BY -revision, report_id, change LIMIT :most
"""  # noqa: S608 - constants


async def counting(session: AsyncSession, scope: Scope) -> list[Change]:
    """What is in the totals now."""
    rows = await session.execute(
        text(f"{CHANGE} FROM ({COUNTING}) AS counting"), scope.parameters()
    )
    return [Change(*row) for row in rows]


async def history(
    session: AsyncSession, scope: Scope, *, after: Position | None, most: int
) -> list[Change]:
    """What entered and left, newest first, from after a position on."""
    revision, report, change = after or (None, None, None)
    place = {"revision": revision, "report": report, "change": change, "most": most}
    rows = await session.execute(text(HISTORY), scope.parameters() | place)
    return [Change(*row) for row in rows]
