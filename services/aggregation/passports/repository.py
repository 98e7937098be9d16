"""Reading what reports add to one figure, now and over its revisions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.content import Gap
from contracts.figures import REPORTS
from services.aggregation.contributions.measures import Place
from services.aggregation.contributions.repository import SetKey

SHARE = """
    stay.report_id, ward_code, version, template_version, decided_by, revision, at, change,
    nulls @> jsonb_build_array(jsonb_build_array(CAST(:code AS text), CAST(:breakdown AS text)))
        AS silent,
    (SELECT count(*) FROM jsonb_array_elements(tokens) AS token
     WHERE token ->> 0 = CAST(:code AS text) AND token ->> 1 = CAST(:breakdown AS text)
    ) AS values_brought,
    (SELECT ARRAY[CAST(amount ->> 2 AS numeric), CAST(amount ->> 3 AS numeric)]
     FROM jsonb_array_elements(amounts) AS amount
     WHERE amount ->> 0 = CAST(:code AS text) AND amount ->> 1 = CAST(:breakdown AS text)
    ) AS amount
"""
"""What a stay adds to a figure, and when it entered or left."""

IN_SCOPE = """
    (template_code, period_code, basis) = (:template, :period, :basis)
    AND (CAST(:wards AS text[]) IS NULL OR ward_code = ANY(CAST(:wards AS text[])))
"""


@dataclass(frozen=True, slots=True)
class Share:
    """What one version of a report adds to a figure; ``silent`` when it says nothing there."""

    report_id: UUID
    ward_code: str
    version: int
    template_version: int
    silent: bool
    values: int
    """How many different values it brings to a distinct count."""
    numerator: Decimal
    denominator: Decimal
    decision_no: int
    revision: int
    """The one at which it entered or left."""
    at: datetime
    change: str
    """``entered`` or ``left``."""
    gaps: dict[str, Gap]
    """Why it says nothing, by pointer; of what counts now."""


Position = tuple[int, UUID, str]
"""Where a change stands in the history: revision, report, ``entered`` or ``left``."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One figure of one set, as far as these wards are behind it; null for all wards."""

    key: SetKey
    place: Place
    wards: Collection[str] | None

    def parameters(self) -> dict[str, Any]:
        """What `SHARE` and `IN_SCOPE` are asked with."""
        return {
            "template": self.key[0],
            "period": self.key[1],
            "basis": REPORTS,
            "code": self.place[0],
            "breakdown": self.place[1],
            "wards": None if self.wards is None else sorted(self.wards),
        }


async def counting(session: AsyncSession, scope: Scope, pointers: Sequence[str]) -> list[Share]:
    """What counts now, with the gaps at these pointers."""
    rows = await session.execute(
        text(f"""
            WITH stay AS (
                SELECT contribution.*, entered_revision AS revision, entered_at AS at,
                       decision_no AS decided_by, 'entered' AS change
                FROM contribution WHERE {IN_SCOPE} AND left_revision IS NULL
            )
            SELECT {SHARE}, (
                SELECT CAST(jsonb_object_agg(key, value) AS text)
                FROM fact, jsonb_each(counted -> 'gaps')
                WHERE fact.report_id = stay.report_id AND key = ANY(CAST(:pointers AS text[]))
            ) AS gaps
            FROM stay
        """),  # noqa: S608 - constants of this module
        {**scope.parameters(), "pointers": list(pointers)},
    )
    return [_share(row, from_json(row.gaps or "{}")) for row in rows]


async def history(
    session: AsyncSession, scope: Scope, *, after: Position | None, most: int
) -> list[Share]:
    """What entered and left, newest first, from after a position on."""
    revision, report, change = after or (None, None, None)
    rows = await session.execute(
        text(f"""
            WITH stay AS (
                SELECT contribution.*, entered_revision AS revision, entered_at AS at,
                       decision_no AS decided_by, 'entered' AS change
                FROM contribution WHERE {IN_SCOPE}
                UNION ALL
                SELECT contribution.*, left_revision, left_at, left_decision_no, 'left'
                FROM contribution WHERE {IN_SCOPE} AND left_revision IS NOT NULL
            )
            SELECT {SHARE} FROM stay
            WHERE CAST(:revision AS integer) IS NULL
               OR (-stay.revision, stay.report_id, stay.change)
                  > (-CAST(:revision AS integer), CAST(:report AS uuid), CAST(:change AS text))
            ORDER BY -stay.revision, stay.report_id, stay.change LIMIT :most
        """),  # noqa: S608 - constants of this module
        {
            **scope.parameters(),
            "revision": revision,
            "report": report,
            "change": change,
            "most": most,
        },
    )
    return [_share(row, {}) for row in rows]


def _share(row: Row[Any], gaps: dict[str, Any]) -> Share:
    numerator, denominator = row.amount or (None, None)
    return Share(
        report_id=row.report_id,
        ward_code=row.ward_code,
        version=row.version,
        template_version=row.template_version,
        silent=row.silent,
        values=row.values_brought,
        numerator=numerator or Decimal(0),
        denominator=denominator or Decimal(0),
        decision_no=row.decided_by,
        revision=row.revision,
        at=row.at,
        change=row.change,
        gaps={pointer: Gap.model_validate(gap) for pointer, gap in gaps.items()},
    )
