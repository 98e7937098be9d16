"""Starts again what dies, and says so; gives up on what cannot stay alive."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from deploy.local.errors import StackError
from deploy.local.progress import say
from deploy.local.server import Server

TURN_SECONDS = 0.2
FAILURES_IN_A_ROW = 5
SETTLED_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 8.0


@dataclass
class Guarded:
    """A server and how it has fared.

    One that was killed is simply started again: somebody tests us, or the machine is short of
    memory. One that ends by itself again and again is broken.
    """

    server: Server
    failures: int = 0
    started_at: float = 0.0
    due_at: float = 0.0
    is_down: bool = False
    awaits_ready: bool = False

    def look(self) -> None:
        """One turn: notice a death, start again when it is time, tell when it is back."""
        code = self.server.process.exit_code
        if self.is_down:
            if time.monotonic() >= self.due_at:
                self._start_again()
        elif code is not None:
            self._mourn(code)
        elif self.awaits_ready and self.server.answers():
            self.awaits_ready = False
            say(f"{self.server.title} is ready again")

    def _mourn(self, code: int) -> None:
        settled = time.monotonic() - self.started_at > SETTLED_SECONDS
        self.failures = 0 if code < 0 or settled else self.failures
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        self._plan(0 if code < 0 else 1, f"{self.server.title} {how}")

    def _start_again(self) -> None:
        self.started_at = time.monotonic()
        try:
            self.server.launch()
        except StackError as error:
            self._plan(1, str(error))
        else:
            self.is_down, self.awaits_ready = False, True

    def _plan(self, failures: int, what: str) -> None:
        self.failures += failures
        if self.failures >= FAILURES_IN_A_ROW:
            log = self.server.process.log
            reason = self.server.process.last_words() or what
            raise StackError(f"{self.server.title} cannot stay up: {reason} ({log})")
        pause = min(2.0 ** (self.failures - 1), LONGEST_PAUSE_SECONDS) if self.failures else 0.0
        say(f"{what}; starting it again" + (f" in {pause:.0f} s" if pause else ""))
        self.is_down, self.due_at = True, time.monotonic() + pause


def keep_running(servers: Iterable[Server]) -> Iterator[None]:
    """Look after the servers, one turn for each value taken; raises StackError when one is lost."""
    guarded = [Guarded(server, started_at=time.monotonic()) for server in servers]
    while True:
        for one in guarded:
            one.look()
        yield
        time.sleep(TURN_SECONDS)
