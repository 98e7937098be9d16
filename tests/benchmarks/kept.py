"""build/bench.json: what was measured, by whichever run measured it last.

A run of some scenarios replaces what the same scenarios found before, and leaves the rest. Each
figure names its run, and each run its date, its machine and how busy that was.
"""

import json
import platform
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.results import Figure, Results


def read(path: Path) -> dict[str, Any]:
    """The file as it is; nothing yet where there is none."""
    if not path.exists():
        return {"runs": {}, "figures": {}, "notes": {}}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def figures(found: dict[str, Any]) -> dict[str, Figure]:
    """The figures in what was read."""
    return {name: Figure.of(summary) for name, summary in found["figures"].items()}


def merge(path: Path, results: Results, scenarios: Collection[str], run: dict[str, Any]) -> None:
    """Put what these scenarios found in the place of what they had found before."""
    before, at = read(path), run["measured_at"]
    merged = {n: f for n, f in figures(before).items() if f.scenario not in scenarios}
    merged |= {n: replace(f, measured_at=at) for n, f in results.figures.items()}
    notes = {name: said for name, said in before["notes"].items() if name not in scenarios}
    runs = before["runs"] | {at: run}
    used = {figure.measured_at for figure in merged.values()}
    whole = {
        "runs": {when: about for when, about in runs.items() if when in used},
        "figures": {name: figure.summary() for name, figure in merged.items()},
        "notes": notes | results.notes,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def machine() -> dict[str, Any]:
    """On what is measured, and how busy that is now."""
    return {
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_before": round(psutil.getloadavg()[0], 2),
    }
