"""A small demo month on the real stack, also while a service is killed in the middle of it."""

import json
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.request import Request, urlopen

import psutil
import pytest

from deploy.demo.reports import MARK
from deploy.local.issuer import Issuer
from deploy.local.layout import SERVICE_PORTS
from deploy.local.ports import HOST
from tests.stack import ROOT
from tests.terminal import Terminal, eventually, free_layout

WARDS = 16
PLAYING_SECONDS = 150
EXACT = "figures equal the demo's own sum"


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """All four services; each test plays the next periods."""
    layout = free_layout(tmp_path_factory.mktemp("demo") / "stack")
    terminal = Terminal(layout, services=",".join(SERVICE_PORTS))
    try:
        terminal.start()
        yield terminal
    finally:
        terminal.close()


@pytest.fixture(scope="module")
def told(terminal: Terminal) -> str:
    """What a demo that nobody disturbs says."""
    return end(begin(terminal))


def begin(terminal: Terminal) -> subprocess.Popen[str]:
    place = ["--data", str(terminal.layout.data), "--offset", str(terminal.layout.offset)]
    command = [sys.executable, "-m", "deploy.demo", *place, "--wards", str(WARDS)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def end(demo: subprocess.Popen[str]) -> str:
    try:
        told, _ = demo.communicate(timeout=PLAYING_SECONDS)
    finally:
        demo.kill()
    assert demo.returncode == 0, told
    return told


def in_review(terminal: Terminal) -> int:
    token = Issuer(terminal.layout.data).sign("reviewer")
    url = f"{terminal.layout.service_url('validation')}/v1/reviews/summary"
    with urlopen(Request(url, headers={"Authorization": f"Bearer {token}"})) as answer:  # noqa: S310
        return sum(one["in_review"] for one in json.load(answer)["items"])


def answer_to(line: str) -> bytes:
    """What a printed command gets, without curl."""
    *words, url = shlex.split(line)
    headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
    with urlopen(Request(url, headers=headers)) as answer:  # noqa: S310 - printed by the demo
        assert answer.status == 200
        read: bytes = answer.read()
        return read


def test_every_figure_is_exact_and_marked_as_synthetic(told: str) -> None:
    assert EXACT in told
    assert "differ" not in told
    assert f"{7 * WARDS} reports" in told
    assert told.count(MARK) == 1 + 7


def test_it_tells_what_was_measured(told: str) -> None:
    for measured in ("PUT, alone", "in the ward's inbox", "readable in the figure", "together"):
        assert measured in told


def test_the_commands_it_prints_work(told: str) -> None:
    report, queue, figures = [answer_to(line) for line in told.splitlines() if "curl" in line]
    assert MARK in json.loads(report)["content"]["narrative"]["results"]
    assert json.loads(queue)["items"]
    assert figures.count(b"\n") > 10


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("service", SERVICE_PORTS)
def test_a_service_is_killed_in_the_middle_and_every_figure_is_exact(
    terminal: Terminal, service: str
) -> None:
    demo = begin(terminal)
    assert eventually(lambda: in_review(terminal) > WARDS)
    if service == "aggregation":  # it has nothing to do before approvals
        assert eventually(lambda: in_review(terminal) <= WARDS)
    terminal.kill(service)
    assert EXACT in end(demo)
    assert terminal.shows(f"{service} was killed by signal 9")


def test_without_a_stack_it_says_so_in_a_line(terminal: Terminal) -> None:
    elsewhere = terminal.layout.data.with_name("elsewhere")
    command = [sys.executable, "-m", "deploy.demo", "--data", str(elsewhere)]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    assert "nothing runs" in refused.stderr


def runs(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_at_the_end_a_request_under_way_is_answered_and_then_all_ends(terminal: Terminal) -> None:
    token = Issuer(terminal.layout.data).sign("ward_officer", ["26536"])
    head = (
        "PUT /v1/reports/26536/DXT/2025-07 HTTP/1.1",
        "Host: submission",
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        "Content-Length: 2",
        "\r\n",
    )
    _, *others = [int((terminal.layout.run / f"{n}.pid").read_text()) for n in SERVICE_PORTS]
    with socket.create_connection((HOST, terminal.layout.service_port("submission"))) as under_way:
        under_way.sendall("\r\n".join(head).encode() + b"{")
        assert terminal.process is not None
        terminal.process.send_signal(signal.SIGTERM)
        assert eventually(lambda: not any(map(runs, others)))
        time.sleep(0.5)  # a second signal would come now
        under_way.sendall(b"}")
        assert under_way.recv(100).startswith(b"HTTP/1.1 422 ")
    assert terminal.process.wait(PLAYING_SECONDS) == 0
