"""One program of the stack: started on a leash, logged to a file, its process id written down."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.local import leash
from deploy.local.errors import StackError, complaint

LAST_WORDS_BYTES = 16_384


def leashed(
    command: Sequence[str | Path],
    *,
    account: str | None = None,
    at_parent_death: signal.Signals = signal.SIGKILL,
) -> list[str]:
    """The command line that runs a command as the account and ends it when this process is gone."""
    words = (os.getpid(), int(at_parent_death), account or "-", *command)
    return [sys.executable, "-I", "-S", leash.__file__, *map(str, words)]


class Child:
    """A program that dies with this process.

    Start children from a thread that lives as long as the stack: the kernel sends the signal when
    the *thread* that started a child ends.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        data: Path,
        *,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.command = [str(part) for part in command]
        self.environment = environment
        self.log = data / "log" / f"{name}.log"
        self.pid_file = data / "run" / f"{name}.pid"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id; only of a started child."""
        if self._process is None:
            raise StackError(f"{self.name} was not started")
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """What it ended with, negative for a signal; None while it runs or was never started."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Start the program; its output is appended to its log."""
        for folder in (self.log.parent, self.pid_file.parent):
            folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **(self.environment or {})},
                start_new_session=True,  # Ctrl-C in the terminal is ours to hand on, in order
            )
        self.pid_file.write_text(f"{self._process.pid}\n")

    def stop(self, sign: signal.Signals = signal.SIGTERM, patience: float = 20.0) -> int | None:
        """Ask it to end, kill it after ``patience`` seconds; its exit code, if it ever started."""
        if self._process is None:
            return None
        if self._process.poll() is None:
            self._process.send_signal(sign)
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self.pid_file.unlink(missing_ok=True)
        return self._process.returncode

    def last_words(self) -> str:
        """Why it died, as far as its log tells."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - LAST_WORDS_BYTES))
            return complaint(log.read().decode(errors="replace"))
