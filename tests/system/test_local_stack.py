"""The local stack from outside: it restarts what dies, keeps data, and leaves nothing behind."""

import signal
import socket
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from deploy.local.ports import HOST
from deploy.local.postgres import Postgres
from tests.stack import ROOT
from tests.terminal import Terminal, eventually, free_layout


def processes_of(data: Path) -> list[str]:
    found = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    return [" ".join(line) for line in found if any(str(data) in word for word in line)]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(free_layout(tmp_path / "stack"))
    yield terminal
    terminal.close()


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
