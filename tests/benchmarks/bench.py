"""What a scenario is given: the stack, how much to measure, and where to put it."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.benchmarks.contenders import Contender
from tests.benchmarks.race import race
from tests.benchmarks.reports import Stream
from tests.benchmarks.results import Results
from tests.benchmarks.served import stopwatch
from tests.benchmarks.sizes import FULL, Sizes
from tests.benchmarks.stand import Stand


class RefusedError(Exception):
    """A service refused what it should have taken."""


@dataclass
class Bench:
    """One run of the benchmark."""

    stand: Stand
    rounds: int
    sizes: Sizes = FULL
    results: Results = field(default_factory=Results)
    began: float = field(default_factory=stopwatch)

    def say(self, text: str) -> None:
        """Tell whoever waits how far it is."""
        sys.stderr.write(f"{stopwatch() - self.began:7.1f} s  {text}\n")
        sys.stderr.flush()

    async def race(
        self, name: str, contender: Contender, stream: Stream, database: str = ""
    ) -> None:
        """Let one work; figures are its rate and what it costs each process."""
        run = await race(self.stand, contender, stream, self.sizes.naive, database)
        self.results.add(f"{name}.rate", run.rate, "reports/s")
        self.costs(name, run.cpu)
        if run.with_start:
            self.results.note(f"{name}: done before it was seen at work; its start is in the time")
        if run.right is False:
            self.results.wrong(f"{name}: the totals")
        verdict = {True: ", totals exact", False: ", TOTALS WRONG", None: ""}[run.right]
        costs = " ".join(f"{process} {cost:.0f}" for process, cost in run.cpu.items())
        self.say(f"{name}: {run.rate:,.0f} reports/s, µs a report: {costs}{verdict}")

    def costs(self, name: str, cpu: Mapping[str, float]) -> None:
        """CPU microseconds per report by process, as figures ``<name>.cpu.<process>``."""
        for process, cost in cpu.items():
            self.results.add(f"{name}.cpu.{process}", cost, "µs/report")

    def answered(self, name: str, statuses: Mapping[str, int], wanted: str) -> None:
        """Requests that were answered otherwise make a figure worthless."""
        if set(statuses) != {wanted}:
            self.results.wrong(f"{name}: statuses {dict(statuses)}")
