"""How much is measured: a whole run takes half an hour on two cores, a smoke run a minute."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Sizes:
    """Counts of reports and requests, and lengths of time."""

    backlog: int = 30_000
    """Records that every contender of the roll-up works off."""
    naive: int = 3_000
    """A slow contender is watched for so many of them."""
    alone: int = 20_000
    bulk: int = 200_000
    city_months: int = 36
    """168 wards × ten values × so many months: the workload that others were measured with."""
    alone_puts: int = 200
    puts: int = 6_000
    paced: int = 750
    approvals: int = 100
    free_seconds: float = 16.0
    held_seconds: float = 60.0
    """How long the relay runs freely, and under an open snapshot."""
    facts: int = 1_000_000
    growth: int = 15_000
    growth_bulk: int = 15_000
    reads: int = 3_000
    curve: int = 3_000
    """Events a batch size is measured with, at most."""
    scaling: int = 24_000
    soak_seconds: float = 600.0


FULL: Final = Sizes()
SMOKE: Final = Sizes(
    backlog=300,
    naive=150,
    alone=300,
    bulk=300,
    city_months=1,
    alone_puts=10,
    puts=200,
    paced=50,
    approvals=10,
    free_seconds=2.0,
    held_seconds=3.0,
    facts=1_680,
    growth=300,
    growth_bulk=300,
    reads=100,
    curve=100,
    scaling=500,
    soak_seconds=20.0,
)
