"""One process of one service, which may be killed, stopped and started again at any time."""

import asyncio
import signal
import sys
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import httpx

from deploy.local.child import Child, leashed
from deploy.local.ports import HOST

TURN_SECONDS = 0.05
DRAIN_SECONDS = 25.0
STARTED = "tests.chaos.started"
SERVED = "tests.chaos.served"


class Replica:
    """``<service>-<number>`` on its own port; ``environment`` is added to the service's settings.

    ``module`` is run with the service's name for an argument; it patches what the run wants
    patched and then serves.
    """

    def __init__(self, service: str, number: int, port: int, data: Path) -> None:
        self.service, self.number, self.port = service, number, port
        self.module = SERVED
        self.settings: dict[str, str] = {}
        self.environment: dict[str, str] = {}
        self.wanted = False
        """Whether it should run; one that ends nevertheless has died unasked."""
        self.paused = False
        self.process = Child(self.name, data)

    @property
    def name(self) -> str:
        """What it is called in logs and in the table."""
        return f"{self.service}-{self.number}"

    @property
    def url(self) -> str:
        """Where its HTTP is."""
        return f"http://{HOST}:{self.port}"

    @property
    def alive(self) -> bool:
        """Whether the process is there and not stopped."""
        return self.running and not self.paused

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self.wanted and self.process.exit_code is None

    def start(self) -> None:
        """Start it, without waiting until it is ready; call it from the main thread."""
        command = leashed([sys.executable, "-m", STARTED, self.module, self.service])
        self.wanted, self.paused = True, False
        self.process.start(command, {**self.settings, **self.environment})

    def kill(self) -> None:
        """End it at once, as when the machine is lost."""
        self.wanted = self.paused = False
        self.process.send(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end in order; `ended` waits for that."""
        self.wanted = False
        self.process.send(signal.SIGTERM)

    def pause(self) -> None:
        """Stop it where it is, as a machine that is stuck."""
        self.paused = True
        self.process.send(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self.paused = False
        self.process.send(signal.SIGCONT)

    async def ended(self, patience: float = DRAIN_SECONDS) -> int:
        """Wait for its end and kill it after ``patience`` seconds; its exit code."""
        for _ in range(round(patience / TURN_SECONDS)):
            if self.process.exit_code is not None:
                break
            await asyncio.sleep(TURN_SECONDS)
        return self.process.wait(0)

    async def ready(self, http: httpx.AsyncClient) -> list[str]:
        """Why it does not do all its work; empty when it does."""
        try:
            answer = await http.get(f"{self.url}/health/ready", timeout=5)
            said: Mapping[str, Any] = answer.json()
        except (httpx.TransportError, ValueError) as error:
            return [f"{self.name}: {type(error).__name__}"]
        return [f"{self.name}: {what}" for what in [*said["reasons"], *said["notes"]]]

    def answers(self) -> bool:
        """Whether its HTTP is there at all."""
        try:
            with closing(HTTPConnection(HOST, self.port, timeout=1)) as connection:
                connection.request("GET", "/health/live")
                return connection.getresponse().status < 600
        except (OSError, HTTPException):
            return False
