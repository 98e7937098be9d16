"""Reading several things as they were together."""

from sqlalchemy.ext.asyncio import AsyncSession


async def at_one_instant(session: AsyncSession) -> None:
    """Let everything this transaction reads be as of one instant; call it first."""
    await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
