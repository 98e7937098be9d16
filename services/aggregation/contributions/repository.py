"""What is known of every report, in SQL: one statement for a whole batch."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.content import Content
from services.aggregation.contributions.domain import Counted

SetKey = tuple[str, str]
"""Template and period of a figure set on the basis of reports."""


class Standing(NamedTuple):
    """What counts of a report, and since when it is in the totals: columns of its fact.

    ``content`` and ``nulls``, the places on which it says nothing, are JSON.
    """

    pending: bool = False
    version: int | None = None
    template_version: int | None = None
    content: str | None = None
    entered_revision: int | None = None
    entered_decision_no: int | None = None
    entered_at: datetime | None = None
    nulls: str | None = None

    @property
    def out(self) -> "Standing":
        """The same version, waiting for nothing and in no totals."""
        _, version, template_version, content, *_ = self
        return Standing(version=version, template_version=template_version, content=content)


NOTHING: Final = Standing()


class Known(NamedTuple):
    """A report as it is known, by which decision, and in which edition of its fact."""

    report_id: UUID
    set_key: SetKey
    ward_code: str
    decision_no: int
    edition: int
    standing: Standing

    @property
    def counted(self) -> Counted | None:
        """The version that counts; null when none does."""
        _, version, template_version, content, *_ = self.standing
        if version is None or template_version is None or content is None:
            return None
        template = self.set_key[0], template_version
        return Counted(version, template, Content.model_validate_json(content))

    @property
    def is_in(self) -> bool:
        """Whether it is in the totals."""
        return self.standing.entered_revision is not None


KNOWN: Final = """
    SELECT report_id, template_code, period_code, ward_code, decision_no, edition,
           pending, counted_version, counted_template_version, CAST(counted AS text),
           entered_revision, entered_decision_no, entered_at, CAST(nulls AS text)
    FROM fact
"""


async def by_ids(session: AsyncSession, reports: Sequence[UUID]) -> dict[UUID, Known]:
    """Those of these reports that are known. Nobody is kept from changing them meanwhile."""
    rows = await session.execute(
        text(f"{KNOWN} WHERE report_id = ANY(CAST(:ids AS uuid[]))"), {"ids": list(reports)}
    )
    return {known.report_id: known for known in _known(rows)}


async def of_set(session: AsyncSession, key: SetKey) -> list[Known]:
    """Every known report of a set."""
    rows = await session.execute(
        text(f"""
            {KNOWN} WHERE (template_code, period_code) = (:template, :period) ORDER BY report_id
        """),
        {"template": key[0], "period": key[1]},
    )
    return [*_known(rows)]


async def waiting(session: AsyncSession, most: int) -> list[Known]:
    """Pending reports whose template is known by now."""
    rows = await session.execute(
        text(f"""
            {KNOWN} WHERE pending AND EXISTS (
                SELECT FROM template
                WHERE code = template_code AND version = counted_template_version
            )
            ORDER BY report_id LIMIT :most
        """),
        {"most": most},
    )
    return [*_known(rows)]


def _known(rows: Iterable[Row[Any]]) -> Iterator[Known]:
    for report, template, period, ward, decision, edition, *standing in map(tuple, rows):
        yield Known(report, (template, period), ward, decision, edition, Standing(*standing))
