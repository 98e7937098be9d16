"""``python -m tests.chaos.served <service>``: the service, with what this run does to its handlers.

Product code has no switches. What is to be different stands in ``CHAOS_…`` variables, read only
here: ``CHAOS_POISON`` (share:salt) fails on some reports, ``CHAOS_SLOW`` (a path) makes handlers
slow while that file is there, ``CHAOS_POLL_MILLISECONDS`` is how long a member of a group may be
slow before it is put out, and ``CHAOS_CLOCK_SECONDS`` is how far its clock is ahead. What is
applied is counted always.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from chassis import clock, subscriber
from chassis.batch import Handler
from chassis.command import main
from chassis.service import Service
from chassis.unit import Received, Unit
from tests.chaos import applied

Events = Sequence[Received[Any]]
Function = Callable[[Events, Unit], Awaitable[None]]

SLOW_SECONDS: Final = 12.0
"""Shorter than PostgreSQL lets a transaction be idle."""
SHARE: Final = 2**32


class Poisoned(Exception):
    """What a bug in our own code would raise, on the same reports each time."""


def serve(name: str) -> None:
    """Serve, as the service's own command line does."""
    service: Service = import_module(f"services.{name}.app").SERVICE
    if milliseconds := os.environ.get("CHAOS_POLL_MILLISECONDS"):
        subscriber.SETTINGS["max_poll_interval_ms"] = int(milliseconds)
    for handler in service.listener.handlers if service.listener else ():
        handler.function = wrapped(service.name, handler)
    sys.argv = [f"services.{name}", "serve"]
    ahead = timedelta(seconds=float(os.environ.get("CHAOS_CLOCK_SECONDS", "0")))
    with clock.set_to(lambda: datetime.now(UTC) + ahead):
        main(service)


def wrapped(service: str, handler: Handler) -> Function:
    """The handler's function inside all that is asked for; what fails was not applied."""
    function: Function = handler.function
    if control := os.environ.get("CHAOS_SLOW"):
        function = partial(slow, Path(control), function)
    if poison := os.environ.get("CHAOS_POISON"):
        share, _, salt = poison.partition(":")
        function = partial(poisoned, float(share), salt, function)
    return partial(counted, service, handler.name, function)


async def slow(control: Path, function: Function, events: Events, unit: Unit) -> None:
    """Takes its time as long as the control file is there."""
    await function(events, unit)
    if await asyncio.to_thread(control.exists):
        await asyncio.sleep(SLOW_SECONDS)


async def poisoned(share: float, salt: str, function: Function, events: Events, unit: Unit) -> None:
    """Fails when one of the events is of a report that this code cannot take."""
    await function(events, unit)
    for received in events:
        event = received.event
        if event.topic.endswith(".reports") and is_poisoned(event.key, share, salt):
            raise Poisoned("as a bug in a handler would")


async def counted(
    service: str, handler: str, function: Function, events: Events, unit: Unit
) -> None:
    """Counts what is applied, in its transaction."""
    await function(events, unit)
    await applied.count(service, handler, events, unit)


def is_poisoned(report: str, share: float, salt: str) -> bool:
    """Whether a report is one of the share; always the same ones for a salt."""
    digest = sha256(f"{salt}/{report}".encode()).digest()
    return int.from_bytes(digest[:4]) < share * SHARE


if __name__ == "__main__":
    serve(sys.argv[1])
