"""Reading how far the reports of one template and period have come."""

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from services.aggregation.contributions.models import Fact


async def facts(session: AsyncSession, template: str, period: str) -> dict[str, Fact]:
    """What is known of each ward's report, by ward; decided reports only."""
    rows = await session.scalars(
        select(Fact).where(col(Fact.template_code) == template, col(Fact.period_code) == period)
    )
    return {fact.ward_code: fact for fact in rows}
