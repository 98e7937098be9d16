"""Ids of notices and signals commit in any order, and streams are resumed by them."""

from collections.abc import Sequence
from random import Random
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests.chaos.planted.starting import start

LONGEST_SECONDS = 0.2


def widen(service: str) -> None:
    """A transaction takes a while from its ids to its commit, each another while."""
    if service == "notification":
        from services.notification.signals import repository  # noqa: PLC0415 - only there

        add, random = repository.add, Random(1)

        async def added_slowly(session: AsyncSession, changes: Sequence[Any], now: Any) -> None:  # noqa: ANN401
            await add(session, changes, now)
            seconds = {"seconds": random.uniform(0, LONGEST_SECONDS)}
            await session.execute(text("SELECT pg_sleep(:seconds)"), seconds)

        repository.add = added_slowly


def plant(service: str) -> None:
    """Take the lock away under which positions are taken."""
    if service == "notification":
        from services.notification.streams import repository  # noqa: PLC0415 - only there

        async def unlocked(session: AsyncSession) -> None:
            return

        repository.lock = unlocked


if __name__ == "__main__":
    start(plant, widen)
