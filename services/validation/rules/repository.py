"""Reads what counts, for the rules that compare with it. It takes no locks."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.content import Content
from contracts.decisions import CheckedAgainst
from contracts.period import Period
from services.validation.rules.domain import Basis


async def counted(session: AsyncSession, report_ids: Iterable[UUID]) -> dict[UUID, Basis]:
    """The counted version of each of these reports that has one.

    Unlocked on purpose: what changes right after is found when the report is approved.
    """
    rows = await session.execute(
        text("""
            SELECT report_id, ward_code, template_code, period_code, scheme,
                   version.version, template_version, CAST(content AS text) AS content
            FROM report JOIN version USING (report_id)
            WHERE report_id = ANY(CAST(:ids AS uuid[])) AND version.version = counted_version
        """),
        {"ids": list(report_ids)},
    )
    return {row["report_id"]: _basis(row) for row in rows.mappings()}


def _basis(row: RowMapping) -> Basis:
    against = CheckedAgainst(
        report_id=row["report_id"],
        ward_code=row["ward_code"],
        template_code=row["template_code"],
        template_version=row["template_version"],
        period=Period.parse(row["period_code"], row["scheme"]),
        version=row["version"],
    )
    return Basis(against, Content.model_validate_json(row["content"]))
