"""What a person sees while the stack starts and runs."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

WIDTH = 44
TURN_SECONDS = 0.5


def say(line: str) -> None:
    """Print a line at once, also when the output is a file that somebody follows."""
    print(line, flush=True)


@contextmanager
def step(title: str, *, done: str = "ready") -> Iterator[None]:
    """Show that something is under way, counting its seconds, and how long it took."""
    began, over = time.monotonic(), threading.Event()

    def elapsed(word: str, end: str) -> None:
        seconds = time.monotonic() - began
        print(f"\r  {title:.<{WIDTH}} {word} {seconds:5.1f} s", end=end, flush=True)

    def count() -> None:
        while not over.wait(TURN_SECONDS):
            elapsed("…".ljust(len(done)), "")

    counter = threading.Thread(target=count, daemon=True)
    if sys.stdout.isatty():
        counter.start()
    try:
        yield
    except BaseException:
        over.set()
        say("")
        raise
    over.set()
    if counter.is_alive():
        counter.join()
    elapsed(done, "\n")
