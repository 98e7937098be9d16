"""Every replica's relay tells what the outbox holds: nobody asks who leads."""

import asyncio
from collections.abc import Sequence

from chassis import relay
from chassis.window import Window
from tests.chaos.planted.starting import start

GAP_SECONDS = 0.1


def widen(_service: str) -> None:
    """It takes a while from the broker's acknowledgement to the deletion."""
    remove = Window.remove

    async def removed_late(self: Window, ids: Sequence[int]) -> None:
        if ids:
            await asyncio.sleep(GAP_SECONDS)
        await remove(self, ids)

    Window.remove = removed_late  # type: ignore[method-assign] # meant


def plant(_service: str) -> None:
    """The lock is there for everybody who asks."""
    relay.LOCK = "SELECT true"


if __name__ == "__main__":
    start(plant, widen)
