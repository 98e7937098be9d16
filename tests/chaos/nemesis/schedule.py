"""Which faults come when: drawn from the seed, so that a run can be planned again."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.chaos.nemesis.fault import Fault

FIRST_SECONDS: Final = 5.0
"""Before the first fault something is under way."""
GAP_SECONDS: Final = (0.5, 3.0)
LONG_SECONDS: Final = 300.0
LANES: Final = 2
"""So many faults go on at the same time at most."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault and when it comes, in seconds from the start of the run; ``seed`` is its own."""

    at: float
    fault: Fault
    seed: int

    @property
    def ends(self) -> float:
        """About when it is over."""
        return self.at + self.fault.seconds

    def __str__(self) -> str:
        return f"{self.at:6.1f} s  {self.fault.kind}  (about {self.fault.seconds:.0f} s)"


def plan(faults: Sequence[Fault], seed: int, seconds: float) -> list[Planned]:
    """Every kind once in a drawn order as far as there is time, then by weight; by time.

    The last fault has ended at ``seconds``.
    """
    rng = Random(seed)
    possible = [fault for fault in faults if seconds >= LONG_SECONDS or not fault.long_only]
    planned: list[Planned] = []
    lanes = [FIRST_SECONDS + lane for lane in range(LANES)]
    for fault in drawn(possible, rng):
        lane = min(range(LANES), key=lanes.__getitem__)
        free = max([lanes[lane], *(p.ends for p in planned if p.fault.meets(fault))])
        at = free + rng.uniform(*GAP_SECONDS)
        if at + fault.seconds <= seconds:
            planned.append(Planned(round(at, 1), fault, rng.getrandbits(32)))
            lanes[lane] = at + fault.seconds
        elif is_full(lanes, possible, seconds):
            break
    return sorted(planned, key=lambda p: p.at)


def drawn(faults: Sequence[Fault], rng: Random) -> Iterator[Fault]:
    """Each fault once, then for ever by weight; a bounded number of them."""
    if not faults:
        return
    yield from rng.sample(faults, len(faults))
    weights = [fault.weight for fault in faults]
    for _ in range(10_000):
        yield from rng.choices(faults, weights)


def is_full(lanes: Sequence[float], faults: Sequence[Fault], seconds: float) -> bool:
    """Whether not even the shortest fault has room."""
    return min(lanes) + GAP_SECONDS[1] + min(fault.seconds for fault in faults) > seconds


def kinds(planned: Sequence[Planned]) -> Counter[str]:
    """How many of each kind are planned."""
    return Counter(p.fault.kind for p in planned)
