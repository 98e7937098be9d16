"""What a scenario is given: the stack, how much to measure, and where to put it."""

import sys
from dataclasses import dataclass, field

from tests.benchmarks.race import Run
from tests.benchmarks.results import Results
from tests.benchmarks.served import stopwatch
from tests.benchmarks.stand import Stand


class RefusedError(Exception):
    """A service refused what it should have taken."""


@dataclass
class Bench:
    """One run of the benchmark."""

    stand: Stand
    rounds: int
    size: int
    smoke: bool = False
    """Only prove that it works: numbers of a smoke run mean nothing."""
    results: Results = field(default_factory=Results)
    began: float = field(default_factory=stopwatch)

    def say(self, text: str) -> None:
        """Tell whoever waits how far it is."""
        sys.stderr.write(f"{stopwatch() - self.began:7.1f} s  {text}\n")
        sys.stderr.flush()

    def keep(self, name: str, run: Run) -> None:
        """A race's rate and costs, as figures ``<name>.rate`` and ``<name>.cpu.<process>``."""
        self.results.add(f"{name}.rate", run.rate, "reports/s")
        for process, cost in run.cpu.items():
            self.results.add(f"{name}.cpu.{process}", cost, "µs/report")
        if run.right is False:
            self.results.note(f"{name}: the totals are WRONG")
        verdict = {True: ", totals exact", False: ", TOTALS WRONG", None: ""}[run.right]
        costs = " ".join(f"{process} {cost:.0f}" for process, cost in run.cpu.items())
        self.say(f"{name}: {run.rate:,.0f} reports/s, µs a report: {costs}{verdict}")
