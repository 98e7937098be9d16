"""Writes docs/performance.md and its charts: every number comes from build/bench.json."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tests.benchmarks import chart, targets
from tests.benchmarks.results import Figure
from tests.benchmarks.table import number

PAGE: Final = Path("docs/performance.md")
CHARTS: Final = Path("docs/performance")
OPENING: Final = Path(__file__).with_name("page.md")
RATE, CPU = ".rate", ".cpu."
Figures = Mapping[str, Figure]


def write(found: Path) -> None:
    """Write the page and its charts."""
    measured = json.loads(found.read_text(encoding="utf-8"))
    figures = {
        name: Figure(figure["unit"], figure["values"])
        for name, figure in measured["figures"].items()
    }
    CHARTS.mkdir(parents=True, exist_ok=True)
    parts = [OPENING.read_text(encoding="utf-8"), conditions(measured), reached(figures)]
    parts += [picture(name, drawn) for name, drawn in pictures(figures)]
    parts += [every(figures), notes(measured)]
    PAGE.write_text("\n".join(part for part in parts if part), encoding="utf-8")


def conditions(measured: Mapping[str, Any]) -> str:
    """When, on what, how much."""
    machine = measured["machine"]
    return (
        f"Measured {measured['measured_at']} on {machine['cores']} cores and "
        f"{machine['memory_gb']} GB for everything (load before: {machine['load_before']}), "
        f"Python {machine['python']}; {measured['rounds']} rounds, {measured['size']:,} reports, "
        f"{measured['partitions']} partitions.\n"
    )


def reached(figures: Figures) -> str:
    """Every target beside what was measured."""
    rows = [
        f"| {target.words} | {target.wanted()} | {target.measured(figures)} |"
        for target in targets.TARGETS
    ]
    return "\n".join(["## Targets", "", "| what | wanted | measured |", "|---|---|---|", *rows, ""])


def pictures(figures: Figures) -> Iterator[tuple[str, str]]:
    """The charts that there are figures for, by title."""
    for order in ("local", "shuffled"):
        rates = ending(figures, f"{order}.", RATE)
        if rates:
            yield f"backlog-{order}", chart.bars(f"A waiting backlog, {order}", rates)
    for name in ("local.aggregation", "alone.validation", "alone.notification", "end_to_end"):
        costs = beginning(figures, name + CPU)
        if costs:
            yield f"cost-{name}", chart.bars(f"CPU per report: {name}", costs)
    curves = {
        part: [(float(n.rpartition(".")[2]), f.median) for n, f in figures.items() if part in n]
        for part in ("batch.cpu.python", "batch.cpu.postgres")
    }
    if any(curves.values()):
        yield "batch-sizes", chart.lines("CPU per event by batch size", curves, "µs")


def beginning(figures: Figures, prefix: str) -> dict[str, Figure]:
    """The figures whose names begin so, by the rest."""
    return {n.removeprefix(prefix): f for n, f in figures.items() if n.startswith(prefix)}


def ending(figures: Figures, prefix: str, suffix: str) -> dict[str, Figure]:
    """The figures with such names, by what is between."""
    found = beginning(figures, prefix)
    return {n.removesuffix(suffix): f for n, f in found.items() if n.endswith(suffix)}


def picture(name: str, drawn: str) -> str:
    """Keep a chart, and show it."""
    (CHARTS / f"{name}.svg").write_text(drawn, encoding="utf-8")
    return f"![{name}](performance/{name}.svg)\n"


def every(figures: Figures) -> str:
    """All figures."""
    rows = [
        f"| {name} | {number(f.median)} | {number(min(f.values))} | {number(max(f.values))} "
        f"| {f.unit} |"
        for name, f in figures.items()
    ]
    head = [
        "## Every figure",
        "",
        "| figure | median | min | max | unit |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows, ""])


def notes(measured: Mapping[str, Any]) -> str:
    """What could not be measured, and what else is to be known."""
    return "\n".join(["## Notes", "", *(f"- {note}" for note in measured["notes"]), ""])
