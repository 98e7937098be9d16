"""Starts a service with one defect in it, in a process of its own; product code has no switches."""

import os
import sys
from collections.abc import Callable
from typing import Final

from tests.chaos.served import serve

SOUND: Final = "CHAOS_SOUND"
"""In the environment it leaves the defect out: what is widened for it stays."""

Patch = Callable[[str], None]


def start(plant: Patch, widen: Patch | None = None) -> None:
    """Serve the service that the command line names.

    ``plant`` makes the defect. ``widen`` makes a gap longer that is there anyway, so that a short
    run meets it; nothing else.
    """
    service = sys.argv[1]
    if widen is not None:
        widen(service)
    if not os.environ.get(SOUND):
        plant(service)
    serve(service)
