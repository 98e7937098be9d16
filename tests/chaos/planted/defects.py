"""The planted defects: what each is, when it shows, and which invariant catches it."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.chaos.nemesis import catalogue
from tests.chaos.nemesis.schedule import Planned


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect.

    ``caught_by`` are invariants any of which must be broken by it; ``faults`` are kinds with
    their time in seconds from the start, what makes it show soonest.
    """

    words: str
    caught_by: tuple[str, ...]
    seconds: float
    faults: tuple[tuple[float, str], ...] = ()

    def plan(self, seed: int) -> list[Planned]:
        """The faults as a run carries them out."""
        rng = Random(seed)
        known = {fault.kind: fault for fault in catalogue.everything()}
        return [Planned(at, known[kind], rng.getrandbits(32)) for at, kind in self.faults]


DEFECTS: Final[dict[str, Defect]] = {
    "inbox_off": Defect(
        "an event that arrives again is applied again",
        caught_by=("I9",),
        seconds=25,
        faults=((8, "resend-duplicates"), (14, "resend-reordered"), (20, "resend-duplicates")),
    ),
    "faststream_parser": Defect(
        "a batch with a header that is no text is skipped, good events with it",
        caught_by=("I7", "I9"),
        seconds=30,
        faults=((8, "hostile-records"), (20, "hostile-records")),
    ),
    "aiokafka_reader": Defect(
        "a header name that is no text loses what else was fetched with it",
        caught_by=("I7", "I9"),
        seconds=30,
        faults=((8, "hostile-records"), (20, "hostile-records")),
    ),
    "commit_before_transaction": Defect(
        "an event whose transaction fails is not delivered again",
        caught_by=("I9",),
        seconds=40,
        faults=((8, "postgres-restart"), (20, "postgres-restart"), (32, "postgres-restart")),
    ),
    "outbox_cursor": Defect(
        "an event is never told whose id was committed after a higher one",
        caught_by=("I6",),
        seconds=25,
    ),
    "relays_without_leader": Defect(
        "two relays tell the same events, each again and again",
        caught_by=("I6",),
        seconds=20,
    ),
    "delta_without_sequence_guard": Defect(
        "figures follow an old decision that comes late",
        caught_by=("I8",),
        seconds=40,
        faults=tuple((at, "resend-old-new-id") for at in (15, 20, 25, 30, 35)),
    ),
    "unordered_event_ids": Defect(
        "a stream that is resumed after an id misses a smaller one that is committed later",
        caught_by=("I5",),
        seconds=25,
    ),
}
"""By the name of their module."""


def table() -> str:
    """Defect, what it does, and the invariant that must catch it."""
    lines: Sequence[str] = [
        f"{name:<30} {' or '.join(defect.caught_by):<10} {defect.words}"
        for name, defect in DEFECTS.items()
    ]
    return "\n".join(lines)
