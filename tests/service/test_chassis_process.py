"""A service as a process: its command line, its end, and what only a real server shows."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from deploy.local.issuer import AUDIENCE, ISSUER, Issuer
from tests.asking import as_, problem
from tests.conftest import TestDatabase

ROOT = Path(__file__).parents[2]
PROBE = [sys.executable, "-m", "tests.probe"]

Environment = dict[str, str]


@pytest.fixture
def environment(database_of: Callable[..., TestDatabase], issuer: Issuer) -> Environment:
    database = database_of()
    inherited = {name: value for name, value in os.environ.items() if "WARDLINE" not in name}
    return inherited | {
        "WARDLINE_PORT": str(free_port()),
        "WARDLINE_DATABASE_URL": database.url("validation"),
        "WARDLINE_OWNER_URL": database.owner_url("validation"),
        "WARDLINE_JWKS": str(issuer.jwks),
        "WARDLINE_JWT_ISSUER": ISSUER,
        "WARDLINE_JWT_AUDIENCE": AUDIENCE,
    }


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def run(environment: Environment, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROBE, *arguments],
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
    )


@contextmanager
def serving(environment: Environment) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and its address, once it answers."""
    address = f"http://127.0.0.1:{environment['WARDLINE_PORT']}"
    process = subprocess.Popen(
        [*PROBE, "serve"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        until = time.monotonic() + 20
        while not answers(address):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.05)
        yield process, address
    finally:
        process.kill()
        process.communicate()


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health/live").status_code == 200
    except httpx.TransportError:
        return False


def test_the_command_line_explains_itself(environment: Environment) -> None:
    shown = run(environment, "--help")

    assert shown.returncode == 0
    for word in ("serve", "migrate", "count", "Say how many things are kept."):
        assert word in shown.stdout


def test_a_wrong_environment_is_named_in_one_line(environment: Environment) -> None:
    ended = run(environment | {"WARDLINE_PROT": "1"}, "serve")

    assert ended.returncode == 2
    assert ended.stderr == "validation: WARDLINE_PROT: no such setting\n"


def test_migrating_and_other_commands_run_and_end(environment: Environment) -> None:
    first, second = run(environment, "migrate"), run(environment, "migrate")
    counted = run(environment, "count", "some", "words")

    assert first.stdout == "validation: 0001, 0002\n"
    assert second.stdout == "validation: already up to date\n"
    assert (counted.returncode, counted.stdout) == (0, "['some', 'words'] 0\n")


def test_without_an_owner_nothing_is_migrated(environment: Environment) -> None:
    del environment["WARDLINE_OWNER_URL"]
    ended = run(environment, "migrate")

    assert (ended.returncode, "WARDLINE_OWNER_URL" in ended.stderr) == (2, True)


def test_a_taken_port_is_said_and_ends_it(environment: Environment) -> None:
    with socket.create_server(("127.0.0.1", int(environment["WARDLINE_PORT"]))):
        ended = run(environment, "serve")

    assert ended.returncode != 0
    assert "address already in use" in ended.stderr


def test_asked_to_end_it_answers_what_it_began_and_exits_with_0(
    environment: Environment, issuer: Issuer
) -> None:
    caller = as_("reviewer", issuer)
    with (
        serving(environment) as (process, address),
        httpx.Client(base_url=address, headers=caller) as client,
        ThreadPoolExecutor(1) as aside,
    ):
        with client.stream("GET", "/v1/things/stream") as stream:
            lines = stream.iter_lines()
            assert next(lines) == ": open"
            slow = aside.submit(httpx.get, f"{address}/v1/things/slow", headers=caller)
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            rest = list(lines)
        assert slow.result().json() == "done"
        assert (process.wait(20), time.monotonic() - began < 10) == (0, True)
    assert "event: closing" in rest


def test_a_bug_is_logged_once_with_the_id_the_caller_got(
    environment: Environment, issuer: Issuer
) -> None:
    with serving(environment | {"WARDLINE_LOG_FORMAT": "json"}) as (process, address):
        answer = httpx.get(f"{address}/v1/things/bug", headers=as_("reviewer", issuer))
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=20)

    request_id = problem(answer, 500, "internal-error")["request_id"]
    lines = [json.loads(line) for line in log.splitlines()]
    failed = [line for line in lines if "secret of the house" in line.get("exception", "")]
    assert [line["event"] for line in failed] == ["request_failed"]
    assert failed[0]["correlation_id"] == request_id
    assert process.returncode == 0


def test_the_wire_itself_is_bounded(environment: Environment, issuer: Issuer) -> None:
    token = as_("reviewer", issuer)["Authorization"]
    with serving(environment) as (_, address):
        for head, body, status in (
            ("Transfer-Encoding: chunked", b"40001\r\n" + b"x" * 0x40001 + b"\r\n0\r\n\r\n", 413),
            ("Content-Length: 99999999", b"{", 413),
            ("Content-Length: 1", b"\xff", 400),
            ("Content-Length: nonsense", b"", 400),
        ):
            request = (
                f"POST /v1/things HTTP/1.1\r\nHost: probe\r\nAuthorization: {token}\r\n"
                f"Content-Type: application/json\r\n{head}\r\n\r\n"
            )
            assert raw(address, request.encode() + body).startswith(f"HTTP/1.1 {status} ")
        assert answers(address)


def raw(address: str, request: bytes) -> str:
    """The first line that a server says to these bytes."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(request)
        return connection.recv(65_536).decode().splitlines()[0]


def test_asked_to_end_while_it_starts_it_exits_with_0(environment: Environment) -> None:
    words = [sys.executable, "-m", "services.validation", "serve"]
    for _ in range(3):
        process = subprocess.Popen(words, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        while not catches(process.pid, signal.SIGTERM):
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def catches(pid: int, number: int) -> bool:
    """Whether a process has said what is to happen at a signal."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    [mask] = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt")]
    return bool(int(mask, 16) >> (number - 1) & 1)
