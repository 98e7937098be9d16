"""What was measured: each figure by round, with its median, minimum and maximum."""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass
class Figure:
    """One figure; a value for each round, or for each look where it says so."""

    unit: str
    values: list[float] = field(default_factory=list)
    scenario: str = ""
    """Which one measured it."""
    measured_at: str = ""
    """The run that it is from; empty until it is kept."""

    @property
    def median(self) -> float:
        """The middle value."""
        return median(self.values)

    def summary(self) -> dict[str, Any]:
        """As it stands in the file."""
        return {
            "unit": self.unit,
            "min": min(self.values),
            "median": self.median,
            "max": max(self.values),
            "values": self.values,
            "scenario": self.scenario,
            "measured_at": self.measured_at,
        }

    @classmethod
    def of(cls, summary: dict[str, Any]) -> "Figure":
        """From what stands in the file."""
        return cls(summary["unit"], summary["values"], summary["scenario"], summary["measured_at"])


@dataclass
class Results:
    """All figures of a run, in the order in which they came."""

    figures: dict[str, Figure] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    """By scenario: what could not be measured, and why; what went wrong."""
    scenario: str = ""
    """Which one measures now."""

    def add(self, name: str, value: float, unit: str) -> None:
        """One round's value of a figure."""
        self.figures.setdefault(name, Figure(unit, scenario=self.scenario)).values.append(value)

    def note(self, text: str) -> None:
        """Say something that belongs beside the figures."""
        notes = self.notes.setdefault(self.scenario, [])
        if text not in notes:
            notes.append(text)

    def wrong(self, text: str) -> None:
        """Say that something is not as it must be: the run has failed."""
        self.note(f"WRONG: {text}")

    def faults(self) -> int:
        """How much was not as it must be."""
        return sum(note.startswith("WRONG") for notes in self.notes.values() for note in notes)

    def ratio(self, name: str, over: str, under: str) -> None:
        """A ratio of two figures, round by round, where both were measured."""
        if over in self.figures and under in self.figures:
            pairs = zip(self.figures[over].values, self.figures[under].values, strict=False)
            for one, other in pairs:
                self.add(name, one / other, "×")

    def worst(self, name: str, prefix: str) -> None:
        """Of the figures that begin so, the one with the lowest median once more."""
        found = [figure for each, figure in self.figures.items() if each.startswith(prefix)]
        if found:
            self.figures[name] = min(found, key=lambda figure: figure.median)

    def best(self, among: Callable[[str], bool]) -> str | None:
        """The name of the figure with the highest median of those that are meant."""
        found = [name for name in self.figures if among(name)]
        return max(found, key=lambda name: self.figures[name].median, default=None)


def number(value: float) -> str:
    """As many digits as mean something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
