"""One stack per data directory: a lock that is gone with whoever held it, however they ended."""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.errors import StackError

STOP_SECONDS = 60.0


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the directory's lock; raises StackError when another stack does."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "supervisor.pid").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = holder(folder)
            raise StackError(
                f"a stack runs on {folder.parent} already (process {pid}); `make down` stops it"
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def holder(folder: Path) -> int | None:
    """The process that holds the lock, or None when nobody does."""
    try:
        with (folder / "supervisor.pid").open("r+", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read())
    except FileNotFoundError:
        pass
    return None


def stop_holder(folder: Path) -> bool:
    """End the stack of this directory and wait until it is gone; whether there was one."""
    pid = holder(folder)
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while holder(folder) == pid:
        if time.monotonic() > deadline:
            raise StackError(f"process {pid} does not end")
        time.sleep(0.1)
    return True
