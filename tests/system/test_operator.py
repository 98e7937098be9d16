"""An operator at a terminal, with the local stack as anyone starts it."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chassis.records import Record
from deploy.local.issuer import Issuer
from deploy.local.layout import SERVICE_PORTS
from deploy.local.ports import HOST
from deploy.local.postgres import Postgres
from tests import bus
from tests.builders import Report, content
from tests.service.harness import record
from tests.stack import ROOT, aside
from tests.terminal import Terminal, eventually, free_layout


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(free_layout(tmp_path / "stack"), ",".join(SERVICE_PORTS))
    terminal.start()
    yield terminal
    terminal.end(signal.SIGTERM)
    terminal.close()


def operator(
    terminal: Terminal, *words: str, token: str | None = None, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """What `python -m deploy.operator` says to these words."""
    place = ["--data", str(terminal.layout.data), "--offset", str(terminal.layout.offset)]
    return subprocess.run(
        [sys.executable, "-m", "deploy.operator", *place, "--language", "en", *words],
        cwd=ROOT,
        env=os.environ | ({"WARDLINE_TOKEN": token} if token else {}),
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )


def listed(terminal: Terminal, *words: str) -> list[str]:
    """The lines of a list without its head."""
    said = operator(terminal, *words)
    assert said.returncode == 0, said.stderr
    return said.stdout.splitlines()[1:]


def answered(terminal: Terminal, *words: str, typed: str = "") -> Any:  # noqa: ANN401 - JSON
    said = operator(terminal, *words, typed=typed)
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)


def strange() -> Record:
    """A wish to take back what was never sent."""
    report = Report("26734", "DXT", "2025-10")
    report.sent(content({"dxt01": 1}))
    return record(report.withdrawal_requested())


def test_what_an_operator_does_at_a_terminal(terminal: Terminal) -> None:
    kafka = f"{HOST}:{terminal.layout.kafka_port}"
    aside(lambda: bus.send(kafka, [strange()]))
    letters = partial(listed, terminal, "dead-letters", "list")
    assert eventually(lambda: len(letters()) == 1)

    [line] = letters()
    assert "26734" in line
    assert "submission-unknown: It asks to take back a version that has not arrived" in line
    whole = answered(terminal, "dead-letters", "show", "1")
    data = json.loads(whole["value"]["text"])

    tried = answered(terminal, "dead-letters", "replay", "--cause", "submission-unknown")
    assert (tried["dry_run"], tried["counts"]) == (True, {"failed": 1})
    fix = ("dead-letters", "fix", "1", "--value", "-")
    refused = operator(terminal, *fix, typed=json.dumps(data))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "operator: It asks to take back a version" in refused.stderr

    discard = ("dead-letters", "discard", "1", "--reason", "A trial.")
    reviewer = Issuer(terminal.layout.data).sign("reviewer")
    assert operator(terminal, *discard, token=reviewer).returncode == 1
    assert answered(terminal, *discard)["state"] == "discarded"
    assert letters() == []

    acts = listed(terminal, "audit", "--service", "validation", "--object", "dead-letter/1")
    assert "dead-letter-discarded" in acts[0]
    the_audit_is_checked(terminal)


def the_audit_is_checked(terminal: Terminal) -> None:
    """It is whole; then somebody changes it behind everybody's back."""
    sealed = "validation: 0 faults in 1 sealed rows"
    assert eventually(lambda: sealed in operator(terminal, "audit-verify").stdout)
    check = operator(terminal, "audit-verify")
    assert check.returncode == 0
    [line] = [line for line in check.stdout.splitlines() if line.startswith("validation")]
    noted = f"validation:{line.rpartition(' ')[2]}"
    assert operator(terminal, "audit-verify", noted).returncode == 0

    change = "UPDATE validation.audit SET who = 'nobody'"
    Postgres(terminal.layout.data).psql("-d", "wardline", "-c", change)

    check = operator(terminal, "audit-verify", noted)
    assert check.returncode == 1
    assert re.search(r"validation: row \d is not what was sealed: it was changed", check.stdout)
    assert "submission: 0 faults" in check.stdout


def test_a_service_that_is_away_is_one_line(tmp_path: Path) -> None:
    away = Terminal(free_layout(tmp_path / "stack"))

    said = operator(away, "dead-letters", "list", "--service", "submission")

    url = away.layout.service_url("submission")
    assert said.returncode == 1
    assert said.stderr.startswith(f"operator: {url}/v1/dead-letters does not answer")
    assert len(said.stderr.splitlines()) == 1
