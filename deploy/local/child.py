"""One process of the stack: started on a leash, logged to a file, its process id written down."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.local import leash
from deploy.local.errors import StackError, complaint

LAST_WORDS_BYTES = 16_384
LOG_BYTES = 20_000_000
SETTINGS_PREFIX = "WARDLINE_"


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
    """A process that dies with this one, when its command is ``leashed``.

    Start children from a thread that lives as long as the stack: the kernel sends the signal when
    the *thread* that started a child ends.
    """

    def __init__(self, name: str, data: Path) -> None:
        self.name = name
        self.log = data / "log" / f"{name}.log"
        self.pid_file = data / "run" / f"{name}.pid"
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

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

    def noted_pid(self) -> int | None:
        """The process id as written down, by whichever supervisor; None when it does not run."""
        return int(self.pid_file.read_text()) if self.pid_file.exists() else None

    def start(self, command: Sequence[str], settings: Mapping[str, str]) -> None:
        """Start it with these ``WARDLINE_…`` variables and no others; it writes to its log."""
        for folder in (self.log.parent, self.pid_file.parent):
            folder.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as output:
            self._log_start = output.tell()
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=inherited() | dict(settings),
                start_new_session=True,  # Ctrl-C in the terminal is ours to hand on, in order
            )
        self.pid_file.write_text(f"{self._process.pid}\n")

    def send(self, sign: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self._process is not None:
            self._process.send_signal(sign)

    def wait(self, patience: float) -> int:
        """Wait for its end and kill it after ``patience`` seconds; its exit code."""
        if self._process is None:
            return 0
        try:
            code = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self.pid_file.unlink(missing_ok=True)
        return code

    def stop(self, sign: signal.Signals = signal.SIGTERM, patience: float = 20.0) -> int:
        """Ask it to end, and make it after ``patience`` seconds; its exit code."""
        self.send(sign)
        return self.wait(patience)

    def last_words(self) -> str:
        """Why it died, as far as its log since the last start tells."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(max(self._log_start, self.log.stat().st_size - LAST_WORDS_BYTES))
            return complaint(log.read().decode(errors="replace"))


def inherited() -> dict[str, str]:
    """Our environment without settings, which a person may have exported for something else."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(SETTINGS_PREFIX)
    }
