"""Waiting for something to become true, with an end."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic


class TooLongError(Exception):
    """It did not become true in time."""


async def until(holds: Callable[[], Awaitable[bool]], seconds: float, turn: float = 0.1) -> None:
    """Wait until it holds; raises `TooLongError` when that takes longer than ``seconds``."""
    deadline = monotonic() + seconds
    while not await holds():
        if monotonic() > deadline:
            raise TooLongError(f"not within {seconds:.0f} s")
        await asyncio.sleep(turn)
