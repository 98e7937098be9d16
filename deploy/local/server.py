"""What every program of the stack has in common: it is launched, gets ready, and is stopped."""

import signal
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local.child import Child
from deploy.local.errors import StackError

PATIENCE_SECONDS = 60.0
TURN_SECONDS = 0.05


class Server(ABC):
    """A program that serves until it is told to stop; also a context manager around that time."""

    title: str
    stop_signal = signal.SIGTERM

    def __init__(self, name: str, data: Path) -> None:
        self.process = Child(name, data.resolve())

    @property
    def name(self) -> str:
        """What its log and its pid file are called after."""
        return self.process.name

    @abstractmethod
    def command(self) -> list[str]:
        """The program and its arguments; whatever they need exists when this returns."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it does its work now."""

    def environment(self) -> dict[str, str]:
        """The ``WARDLINE_…`` variables it is given."""
        return {}

    def launch(self) -> None:
        """Start it, without waiting until it is ready."""
        self.process.start(self.command(), self.environment())

    def await_ready(self) -> None:
        """Wait until it answers; raises StackError when it ends first, or takes too long."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.answers():
            if self.process.exit_code is not None:
                reason = self.process.last_words() or f"exit code {self.process.exit_code}"
                raise StackError(f"{self.title} did not start: {reason} ({self.process.log})")
            if time.monotonic() > deadline:
                log = self.process.log
                raise StackError(
                    f"{self.title} is not ready after {PATIENCE_SECONDS:.0f} s ({log})"
                )
            time.sleep(TURN_SECONDS)

    def start(self) -> None:
        """Start it and wait until it is ready; when it fails, nothing of it is left."""
        try:
            self.launch()
            self.await_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End it in order."""
        self.process.stop(self.stop_signal)

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.stop()
