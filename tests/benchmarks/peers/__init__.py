"""Other systems that do the same roll-up, as far as they are installed here."""

from tests.benchmarks.contenders import Contender
from tests.benchmarks.results import Results

PEERS: tuple[Contender, ...] = ()


def usable(results: Results) -> list[Contender]:
    """The peers that can run on this machine; a note about each that cannot."""
    del results
    return list(PEERS)
