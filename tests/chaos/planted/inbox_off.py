"""The inbox is off: whatever arrives is new, however often it has arrived before."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import inbox
from tests.chaos.planted.starting import start


def plant(_service: str) -> None:
    """Claims are written as ever, and nobody looks whether they were there."""
    claim = inbox.claim

    async def all_new(
        session: AsyncSession, listener: str, ids: Iterable[UUID], today: date
    ) -> set[UUID]:
        wanted = set(ids)
        await claim(session, listener, wanted, today)
        return wanted

    inbox.claim = all_new


if __name__ == "__main__":
    start(plant)
