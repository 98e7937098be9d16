"""First act: the directory is lost, nothing else. The archive has every acknowledged commit."""

import argparse
import subprocess
import sys
import time
from typing import Self

from deploy.demo import city as cities
from deploy.drill import checks, disaster
from deploy.drill.checks import Verdict
from deploy.drill.line import Line
from deploy.drill.stream import Stream
from deploy.local.child import leashed
from deploy.local.errors import StackError
from deploy.local.progress import say, step

OUTAGE_SECONDS = 2.0
AFTERWARDS_SECONDS = 5.0
DEMO_SECONDS = 300.0


def play(line: Line, options: argparse.Namespace) -> list[Verdict]:
    """Play it; what was checked at the end."""
    line.start()
    city = line.asks(lambda api: cities.read(api, line.people.leader))
    noted = checks.heads(line)
    with Stream(line, city.wards) as stream, Demo(line, options.wards) as demo:
        with step("wards send, reviewers decide, the demo plays", done="done"):
            time.sleep(options.seconds)
        noted |= checks.heads(line)
        lose_and_restore(line, stream)
        with step("the demo goes on to its end", done="done"):
            told = demo.verdict()
            time.sleep(AFTERWARDS_SECONDS)
            stream.stop()
    with step("the line settles", done="done"):
        line.settle()
    return [
        checks.acknowledged(line, stream),
        checks.decided(line, stream),
        checks.told_once(line, stream),
        checks.figures(line, stream, city.wards),
        told,
        checks.recomputed(line),
        checks.no_dead_letters(line),
        checks.audits(line, noted),
    ]


def lose_and_restore(line: Line, stream: Stream) -> None:
    """In mid-flight: the services and their clients stay, and find the database again."""
    postgres = line.stack.postgres
    lost = disaster.lose(postgres)
    last = len(stream.acknowledged)
    say(f"! kill -9 of PostgreSQL, its directory is gone ({lost.name}); {last} acknowledged")
    time.sleep(OUTAGE_SECONDS)
    line.archive.stop()
    with step("copy in place, log replayed to its end", done="done"):
        disaster.restore(postgres, line.archive)
    line.back_up()
    with step("a ward is answered again", done="done"):
        deadline = time.monotonic() + DEMO_SECONDS
        while len(stream.acknowledged) == last:
            if time.monotonic() > deadline:
                raise StackError("nobody is answered after the restore")
            time.sleep(0.1)


class Demo:
    """The demo month, played beside the drill; it checks figures and live inboxes itself."""

    def __init__(self, line: Line, wards: int) -> None:
        place = ("--data", line.layout.data, "--offset", line.layout.offset, "--wards", wards)
        command = leashed([sys.executable, "-m", "deploy.demo", *map(str, place)])
        self._log = line.layout.data / "log" / "demo.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)

    def __enter__(self) -> Self:
        """It plays already."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it, if it still plays."""
        self._process.kill()
        self._process.wait()

    def verdict(self) -> Verdict:
        """How it ended."""
        code = self._process.wait(DEMO_SECONDS)
        said = self._log.read_text(encoding="utf-8").strip().splitlines()
        summary = next((row for row in said if "own sum." in row), said[-1] if said else "")
        return Verdict("the demo month, its figures and live inboxes", summary, code == 0)
