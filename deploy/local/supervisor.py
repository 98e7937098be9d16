"""Starts the stack, tells what to open, and stays: whatever dies is started again."""

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from deploy.local import lock
from deploy.local.child import leashed
from deploy.local.layout import Layout
from deploy.local.progress import say
from deploy.local.stack import Stack
from deploy.local.watch import keep_running
from deploy.local.welcome import welcome

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def supervise(layout: Layout, names: Sequence[str], *, durable: bool, demo: bool) -> None:
    """Run the stack until Ctrl-C, SIGTERM or SIGHUP; when this returns or raises, nothing is left.

    Killed with SIGKILL it cannot clean up; on Linux the kernel then ends every child.
    """
    with lock.held(layout.run), interruptible():
        stack = Stack(layout, names, durable=durable)
        try:
            say(f"Wardline starts in {layout.data}")
            stack.start()
            stay(stack, demo=demo and stack.is_fresh)
        except KeyboardInterrupt:
            say("\nWardline stops")
        finally:
            for ending in ENDINGS:
                signal.signal(ending, signal.SIG_IGN)  # nobody hurries us now
            stack.stop()


def stay(stack: Stack, *, demo: bool) -> None:
    """Keep everything running for ever; first play the demo month, if asked."""
    turns = keep_running(stack.servers)
    if demo and play_demo(stack.layout, turns):
        say("\nWardline stays up. Ctrl-C stops it; the data stays.")
    else:
        welcome(stack)
    for _ in turns:
        pass


def play_demo(layout: Layout, turns: Iterator[None]) -> bool:
    """Run the demo in this terminal, looking after the stack meanwhile; whether it went well."""
    place = ("--data", layout.data, "--offset", layout.offset)
    command = leashed([sys.executable, "-m", "deploy.demo", *map(str, place)])
    with subprocess.Popen(command) as playing:
        try:
            while playing.poll() is None:
                next(turns)
        finally:
            playing.terminate()
    if playing.returncode != 0:
        say("The demo did not end well; `make demo` plays it again.")
    return playing.returncode == 0


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM and SIGHUP interrupt us as Ctrl-C does."""
    before = {ending: signal.signal(ending, signal.default_int_handler) for ending in ENDINGS}
    try:
        yield
    finally:
        for ending, handler in before.items():
            signal.signal(ending, handler)
