"""What the checker says of one invariant."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

MOST_EXAMPLES: Final = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """One invariant: how much was looked at, and what is missing, too much or wrong.

    ``examples`` say in words what was found, at most five of them.
    """

    invariant: str
    words: str
    counted: int
    lost: int = 0
    doubled: int = 0
    mismatched: int = 0
    examples: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the invariant holds."""
        return not (self.lost or self.doubled or self.mismatched)

    def __str__(self) -> str:
        """One line, and one more for each example."""
        faults = f"{self.lost} lost, {self.doubled} doubled, {self.mismatched} mismatched"
        mark = "holds" if self.ok else "BROKEN"
        head = f"{self.invariant:>4} {mark:<6} {self.counted:>7} looked at, {faults}: {self.words}"
        return "\n".join([head, *(f"            {example}" for example in self.examples)])


@dataclass
class Findings:
    """Collects what is found about one invariant."""

    invariant: str
    words: str
    counted: int = 0
    _faults: dict[str, list[str]] = field(default_factory=dict)

    def lost(self, example: str) -> None:
        """Something should be there and is not."""
        self._faults.setdefault("lost", []).append(example)

    def doubled(self, example: str) -> None:
        """Something is there more often than it should be, or that nobody made."""
        self._faults.setdefault("doubled", []).append(example)

    def mismatched(self, example: str) -> None:
        """Something is there and is not what it should be."""
        self._faults.setdefault("mismatched", []).append(example)

    def verdict(self) -> Verdict:
        """What all of it comes to."""
        examples = _in_turn(
            [[f"{kind}: {e}" for e in found] for kind, found in self._faults.items()]
        )
        return Verdict(
            self.invariant,
            self.words,
            self.counted,
            lost=len(self._faults.get("lost", ())),
            doubled=len(self._faults.get("doubled", ())),
            mismatched=len(self._faults.get("mismatched", ())),
            examples=tuple(examples[:MOST_EXAMPLES]),
        )


def _in_turn(lists: Iterable[list[str]]) -> list[str]:
    """The first of each kind, then the second: no kind crowds out another."""
    found = [(place, example) for kind in lists for place, example in enumerate(kind)]
    return [example for _, example in sorted(found, key=lambda pair: pair[0])]
