"""Waiting for what the line does by itself, with a patience that outlasts a restart."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from deploy.demo.trouble import DemoError

PATIENCE_SECONDS = 90.0
"""Without anything moving. A service that was killed is back, and has its partitions, sooner."""


async def until_none(
    missing: Callable[[], Awaitable[int]],
    what: str,
    *,
    pause: float,
    shown: Callable[[int], None] = lambda _: None,
) -> None:
    """Return when ``missing`` says 0; ``shown`` is told each time how many are missing.

    Raises:
        DemoError: nothing has moved for too long.
    """
    left, moved_at = await missing(), monotonic()
    shown(left)
    while left:
        await asyncio.sleep(pause)
        now_left = await missing()
        if now_left != left:
            left, moved_at = now_left, monotonic()
            shown(left)
        elif monotonic() - moved_at > PATIENCE_SECONDS:
            raise DemoError(f"no progress in {PATIENCE_SECONDS:.0f} s; missing: {left} {what}")
