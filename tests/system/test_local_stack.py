"""The local stack from outside: it restarts what dies, keeps data, and leaves nothing behind."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from deploy.local.layout import KAFKA_PORT, Layout
from deploy.local.ports import HOST, listens
from deploy.local.postgres import Postgres
from tests.stack import ROOT

PATIENCE_SECONDS = 90.0
UP = "Wardline is up"


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False


def processes_of(data: Path) -> list[str]:
    found = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    return [" ".join(line) for line in found if any(str(data) in word for word in line)]


class Terminal:
    """A terminal in which the infrastructure of a stack is started, without its services."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.output = layout.data.with_suffix(".out")
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str) -> list[str]:
        place = ["--data", str(self.layout.data), "--offset", str(self.layout.offset)]
        return [sys.executable, "-m", "deploy.local", *place, *words]

    def start(self) -> None:
        with self.output.open("wb") as output:
            up = self.command("up", "--services", "", "--volatile")
            self.process = subprocess.Popen(up, cwd=ROOT, stdout=output, stderr=output)
        assert eventually(lambda: self.shows(UP)), self.output.read_text()

    def shows(self, text: str) -> bool:
        return text in self.output.read_text()

    def end(self, sign: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(sign)
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self, name: str) -> None:
        os.kill(int((self.layout.run / f"{name}.pid").read_text()), signal.SIGKILL)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = self.command(*words)
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    offset = random.randrange(2_000, 13_000, 10)  # below the ports of outgoing connections
    while any(listens(KAFKA_PORT + offset + near) for near in (0, 1)):
        offset += 10
    terminal = Terminal(Layout(tmp_path / "stack", offset))
    yield terminal
    if terminal.process is not None:
        terminal.process.kill()
        terminal.process.wait()


def test_what_is_killed_is_started_again_and_all_ends_in_order(terminal: Terminal) -> None:
    terminal.start()
    for name in ("postgres", "kafka", "mail"):
        terminal.kill(name)
    for title in ("PostgreSQL", "Apache Kafka", "mail catcher"):
        assert eventually(partial(terminal.shows, f"{title} is ready again")), title
        assert terminal.shows(f"{title} was killed by signal 9; starting it again")
    assert terminal.run("status").returncode == 0
    assert terminal.end(signal.SIGINT) == 0
    assert processes_of(terminal.layout.data) == []


def test_killed_itself_it_takes_its_children_along(terminal: Terminal) -> None:
    terminal.start()
    terminal.end(signal.SIGKILL)
    assert eventually(lambda: processes_of(terminal.layout.data) == [])


def test_a_second_start_keeps_the_data(terminal: Terminal) -> None:
    terminal.start()
    postgres = Postgres(terminal.layout.data)
    postgres.psql("-d", "wardline", "-c", "CREATE TABLE kept ()")
    terminal.end(signal.SIGKILL)  # the hardest way to stop, and at once started again
    terminal.start()
    postgres.psql("-d", "wardline", "-c", "TABLE kept")
    assert terminal.run("down").returncode == 0
    assert terminal.run("clean").returncode == 0
    assert not terminal.layout.data.exists()


def test_a_stack_runs_only_once_on_its_data(terminal: Terminal) -> None:
    terminal.start()
    second = terminal.run("up")
    assert (second.returncode, len(second.stderr.splitlines())) == (1, 1)
    assert "already" in second.stderr
    assert terminal.run("clean").returncode == 1
    assert terminal.end(signal.SIGHUP) == 0
    assert processes_of(terminal.layout.data) == []


def test_a_taken_port_is_one_line_and_nothing_is_left(terminal: Terminal) -> None:
    with socket.create_server((HOST, terminal.layout.mail_port)):
        refused = terminal.run("up")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    assert f"port {terminal.layout.mail_port}" in refused.stderr
    assert processes_of(terminal.layout.data) == []


def test_a_disk_that_takes_no_more_is_one_line_and_nothing_is_left(terminal: Terminal) -> None:
    kilobytes = 8_000  # less than a database needs to begin with
    command = ["bash", "-c", f'ulimit -f {kilobytes}; exec "$@"', "-", *terminal.command("up")]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1), refused.stderr
    assert "File too large" in refused.stderr
    assert processes_of(terminal.layout.data) == []
