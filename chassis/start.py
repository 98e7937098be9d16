"""The first thing of a service's process: what is asked to end while it starts ends well.

It imports nothing of the house, or that would be done before it could begin.
"""

import os
import signal
import sys
from importlib import import_module


def run(service: str) -> None:
    """Import a service's module and do what the arguments say, as `chassis.command` does."""
    if sys.argv[1:2] == ["serve"]:
        end_when_asked()
    main = import_module("chassis.command").main
    main(import_module(service).SERVICE)


def end_when_asked() -> None:
    """End with 0 on either signal, until `chassis.serve` has something to drain."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)


def _end(*_: object) -> None:
    os._exit(os.EX_OK)
