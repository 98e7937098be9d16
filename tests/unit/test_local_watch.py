"""What dies is started again; what cannot stay alive ends the stack with its own last words."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import watch
from deploy.local.child import leashed
from deploy.local.errors import StackError
from deploy.local.server import Server
from deploy.local.watch import keep_running

PATIENCE_SECONDS = 20.0


class Shell(Server):
    """A server that is only a line of shell."""

    title = "shell"

    def __init__(self, data: Path, script: str) -> None:
        super().__init__("shell", data)
        self.script = script

    def command(self) -> list[str]:
        return leashed(["/bin/sh", "-c", self.script])

    def answers(self) -> bool:
        return self.process.exit_code is None


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LONGEST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(watch, "TURN_SECONDS", 0.01)


def turns_for(server: Server) -> Iterator[None]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    for turn in keep_running([server]):
        assert time.monotonic() < deadline
        yield turn


def test_a_killed_server_is_started_again_however_often(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Shell(tmp_path, "exec sleep 60") as server:
        turns = turns_for(server)
        for _ in range(watch.FAILURES_IN_A_ROW + 2):
            killed = server.process.pid
            server.process.send(signal.SIGKILL)
            while server.process.pid == killed or server.process.exit_code is not None:
                next(turns)
    assert "shell was killed by signal 9; starting it again" in capsys.readouterr().out


def test_a_server_that_fails_again_and_again_is_given_up_with_its_reason(tmp_path: Path) -> None:
    server = Shell(tmp_path, "echo 'FATAL: no space left on device'; echo bye; exit 3")
    server.launch()
    with pytest.raises(StackError, match="shell cannot stay up: FATAL: no space left on device"):
        for _ in turns_for(server):
            pass


def test_a_server_that_ends_while_starting_says_why(tmp_path: Path) -> None:
    server = Shell(tmp_path, "echo 'ValueError: no such thing'; exit 1")
    server.answers = lambda: False  # type: ignore[method-assign] # it never gets that far
    with pytest.raises(StackError, match="shell did not start: ValueError: no such thing"):
        server.start()
    assert not server.process.pid_file.exists()


def test_only_its_own_settings_reach_a_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARDLINE_PORT", "80")
    server = Shell(tmp_path, "env")
    server.process.start(server.command(), {"WARDLINE_HOST": "127.0.0.1"})
    assert server.process.wait(PATIENCE_SECONDS) == 0
    said = server.process.log.read_text()
    assert "WARDLINE_HOST=127.0.0.1" in said
    assert "WARDLINE_PORT" not in said
    assert "PATH=" in said
