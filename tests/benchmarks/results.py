"""What was measured: each figure by round, with its median, minimum and maximum."""

import json
import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import psutil


@dataclass
class Figure:
    """One figure; a value for each round."""

    unit: str
    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The middle value."""
        return median(self.values)

    def summary(self) -> dict[str, Any]:
        """As it stands in the file."""
        lowest, highest = min(self.values), max(self.values)
        return {
            "unit": self.unit,
            "min": lowest,
            "median": self.median,
            "max": highest,
            "values": self.values,
        }


@dataclass
class Results:
    """All figures of a run, in the order in which they came."""

    figures: dict[str, Figure] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """What could not be measured, and why; what went wrong."""

    def add(self, name: str, value: float, unit: str) -> None:
        """One round's value of a figure."""
        self.figures.setdefault(name, Figure(unit)).values.append(value)

    def note(self, text: str) -> None:
        """Say something that belongs beside the figures."""
        if text not in self.notes:
            self.notes.append(text)

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

    def best(self, prefix: str, among: Callable[[str], bool]) -> str | None:
        """The name of the figure with the highest median of those that begin so."""
        found = [name for name in self.figures if name.startswith(prefix) and among(name)]
        return max(found, key=lambda name: self.figures[name].median, default=None)

    def save(self, path: Path, about: dict[str, Any]) -> None:
        """Write everything as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = {
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine(),
            **about,
            "figures": {name: figure.summary() for name, figure in self.figures.items()},
            "notes": self.notes,
        }
        path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def machine() -> dict[str, Any]:
    """On what it was measured, and how busy that was."""
    return {
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_before": round(psutil.getloadavg()[0], 2),
    }
