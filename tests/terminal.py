"""A terminal in which somebody runs the local stack, and looks at what it says."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from deploy.local.layout import KAFKA_PORT, Layout
from deploy.local.ports import listens
from tests.stack import ROOT

PATIENCE_SECONDS = 90.0
UP = "Wardline is up"


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether it holds within a deadline."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False


def free_layout(data: Path) -> Layout:
    """A layout whose ports nobody uses, below those of outgoing connections."""
    offset = random.randrange(2_000, 13_000, 10)
    while any(listens(KAFKA_PORT + offset + near) for near in (0, 1)):
        offset += 10
    return Layout(data, offset)


class Terminal:
    """Starts a stack of its own, without waiting for the disk; ``services`` are those in it."""

    def __init__(self, layout: Layout, services: str = "") -> None:
        self.layout = layout
        self.output = layout.data.with_suffix(".out")
        self.process: subprocess.Popen[bytes] | None = None
        self._services = services

    def command(self, *words: str) -> list[str]:
        """A command line about this stack."""
        place = ["--data", str(self.layout.data), "--offset", str(self.layout.offset)]
        return [sys.executable, "-m", "deploy.local", *place, *words]

    def start(self) -> None:
        """Start the stack and wait until it is up."""
        with self.output.open("wb") as output:
            up = self.command("up", "--services", self._services, "--volatile")
            self.process = subprocess.Popen(up, cwd=ROOT, stdout=output, stderr=output)
        assert eventually(lambda: self.shows(UP)), self.output.read_text()

    def shows(self, text: str) -> bool:
        """Whether the supervisor has said so."""
        return text in self.output.read_text()

    def end(self, sign: signal.Signals) -> int:
        """End the supervisor; its exit code."""
        assert self.process is not None
        self.process.send_signal(sign)
        return self.process.wait(PATIENCE_SECONDS)

    def close(self) -> None:
        """End whatever is left."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def kill(self, name: str) -> None:
        """Kill one program of the stack."""
        os.kill(int((self.layout.run / f"{name}.pid").read_text()), signal.SIGKILL)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another command about this stack to its end."""
        command = self.command(*words)
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
