"""The one table that a run ends with."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from tests.chaos.checker import Verdict
from tests.chaos.journal import Entry
from tests.chaos.quiet import LIMIT_SECONDS, Recovery


@dataclass(frozen=True)
class Outcome:
    """What a run came to."""

    seed: int
    seconds: float
    planted: str
    faults: Sequence[Entry]
    findings: Sequence[Entry]
    requests: Mapping[str, int]
    verdicts: Sequence[Verdict]
    recovery: Recovery
    events: int = 0
    """Events in the topics at the end."""

    @property
    def ok(self) -> bool:
        """Whether every promise was kept."""
        return not self.broken

    @property
    def broken(self) -> list[str]:
        """The names of the promises that were not kept."""
        names = [verdict.invariant for verdict in self.verdicts if not verdict.ok]
        names += [] if self.recovery.ok else ["recovery"]
        names += ["faults"] if any(fault["trouble"] for fault in self.faults) else []
        return names + (["processes"] if self.findings else [])


def table(outcome: Outcome) -> str:
    """Faults by kind, requests, each invariant, and the verdict on the whole."""
    return "\n".join([*_faults(outcome.faults), *_line(outcome), *_verdict(outcome)])


def _faults(faults: Iterable[Entry]) -> Iterator[str]:
    faults = list(faults)
    done = Counter(fault["kind"] for fault in faults)
    yield "Faults"
    for kind, times in sorted(done.items()):
        yield f"  {kind:<24} {times:>4}"
    for fault in faults:
        if fault["trouble"]:
            yield f"  {fault['kind']} was not done as meant: {fault['trouble'][:120]}"
    yield f"  {'in all':<24} {len(faults):>4}"


def _line(outcome: Outcome) -> Iterator[str]:
    yield "Requests of clients"
    yield "  " + ", ".join(f"{count} {kind}" for kind, count in sorted(outcome.requests.items()))
    yield "Invariants"
    for verdict in outcome.verdicts:
        yield f"  {verdict}"
    for finding in outcome.findings:
        yield f"  processes BROKEN: {finding['who']} {finding['what']}: {finding}"[:400]


def _verdict(outcome: Outcome) -> Iterator[str]:
    for what in outcome.recovery.left[:10]:
        yield f"  not well after {LIMIT_SECONDS:.0f} s: {what}"
    sums = [
        f"{sum(getattr(v, name) for v in outcome.verdicts)} {name}"
        for name in ("lost", "doubled", "mismatched")
    ]
    yield f"Recovery after the last fault: {outcome.recovery.seconds:.1f} s"
    for what, seconds in sorted(outcome.recovery.waited.items(), key=itemgetter(1), reverse=True):
        yield f"  {seconds:5.1f} s  {what}"
    planted = f", planted {outcome.planted}" if outcome.planted else ""
    run = f"seed {outcome.seed}, {outcome.seconds:.0f} s{planted}"
    told = f"{len(outcome.faults)} faults, {outcome.events} events, {', '.join(sums)}"
    promise = "every promise kept" if outcome.ok else f"BROKEN: {', '.join(outcome.broken)}"
    yield f"{run}: {told}; {promise}"
