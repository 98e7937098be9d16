"""Writes docs/performance.md and its charts: every number comes from build/bench.json."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tests.benchmarks import kept, national, pictures, targets
from tests.benchmarks.results import Figure, number

PAGE: Final = Path("docs/performance.md")
CHARTS: Final = Path("docs/performance")
OPENING: Final = Path(__file__).with_name("page.md")
Figures = Mapping[str, Figure]
DHIS2: Final = (
    ("bulk import, a request for each month, taken", "city_by_month_taken_values_per_second",
     "1,120 values/s"),
    ("… until figures, notices and status are there", "city_by_month_at_rest_values_per_second",
     "–"),
    ("bulk import in one request, taken", "city_at_once_taken_values_per_second",
     "235–390 values/s (3,900–5,200 with a known quadratic check patched)"),
    ("… until figures, notices and status are there", "city_at_once_at_rest_values_per_second",
     "–"),
    ("one ward's report alone, median", "city_put_alone_p50", "31.6 ms"),
    ("reports from 8 clients", "city_put_8_clients_per_second", "57–67 reports/s"),
    ("… 95 of 100 within", "city_put_8_clients_p95", "250–310 ms"),
    ("approve, median", "approve_p50", "13 ms"),
    ("approved → in the city's total, median", "approve_to_figure_p50", "13.5–20.6 s"),
    ("the city's ten figures of a month, median (ours: with 16 clients)", "read_figures_p50",
     "16.5 ms"),
    ("memory after load (ours: four services)", "memory_after_load", "2.0 GB"),
    ("start until it can be used", "second_start", "44 s"),
)  # fmt: skip
"""What was measured of both; DHIS2's numbers are as published, with the conditions above."""


def write(found: Path) -> None:
    """Write the page and its charts."""
    read = kept.read(found)
    figures = kept.figures(read)
    CHARTS.mkdir(parents=True, exist_ok=True)
    for old in CHARTS.glob("*.svg"):
        old.unlink()
    parts = [OPENING.read_text(encoding="utf-8"), conditions(read), reached(figures)]
    parts += [picture(name, drawn) for name, drawn in pictures.drawn(figures)]
    parts += [costs(figures), beside_dhis2(figures), national.section(figures)]
    parts += [notes(read), every(figures)]
    PAGE.write_text("\n".join(part for part in parts if part), encoding="utf-8")


def conditions(read: Mapping[str, Any]) -> str:
    """When, on what, how often: for each run that a figure is from."""
    return "\n".join(["## Conditions", "", *map(condition, read["runs"].values()), ""])


def condition(run: Mapping[str, Any]) -> str:
    """One run."""
    machine = run["machine"]
    return (
        f"- {run['measured_at']}: {', '.join(run['scenarios'])}. {machine['cores']} cores and "
        f"{machine['memory_gb']} GB for everything, load {machine['load_before']} before it, "
        f"Python {machine['python']}, {run['partitions']} partitions, {run['rounds']} rounds."
    )


def reached(figures: Figures) -> str:
    """Every target beside what was measured."""
    rows = [
        f"| {target.words} | {target.wanted()} | {target.measured(figures)} "
        f"| {target.verdict(figures)} |"
        for target in targets.TARGETS
    ]
    head = ["| what | wanted | measured: median (min–max) | |", "|---|---|---|---|"]
    return "\n".join(["## Targets", "", *head, *rows, ""])


def picture(name: str, drawn: str) -> str:
    """Keep a chart, and show it."""
    (CHARTS / f"{name}.svg").write_text(drawn, encoding="utf-8")
    return f"![{name}](performance/{name}.svg)\n"


def costs(figures: Figures) -> str:
    """CPU per report by process, where the whole line worked, and where one part did."""
    scenes = {
        "in bulk, end to end": "end_to_end.cpu.",
        "by PUT, 32 clients, submission alone": "put_32_clients.cpu.",
        "aggregation alone, local": "local.aggregation.cpu.",
        "aggregation alone, shuffled": "shuffled.aggregation.cpu.",
        "validation alone": "alone.validation.cpu.",
        "notification alone": "alone.notification.cpu.",
    }
    rows = [
        f"| {words} | {', '.join(shares)} | {number(sum(f.median for f in found.values()))} |"
        for words, prefix in scenes.items()
        if (found := pictures.beginning(figures, prefix))
        and (shares := [f"{process} {number(f.median)}" for process, f in found.items()])
    ]
    head = ["| where | CPU microseconds per report | together |", "|---|---|---|"]
    return "\n".join(["## What a report costs", "", *head, *rows, ""]) if rows else ""


def beside_dhis2(figures: Figures) -> str:
    """The same workload there and here."""
    rows = [
        f"| {words} | {published} | {number(figures[name].median)} {figures[name].unit} |"
        for words, name, published in DHIS2
        if name in figures
    ]
    head = ["| 168 wards × 10 values × 36 months | DHIS2 2.43.1 | Wardline |", "|---|---|---|"]
    return "\n".join(["## Beside DHIS2", "", *head, *rows, ""]) if rows else ""


def every(figures: Figures) -> str:
    """All figures."""
    rows = [
        f"| {name} | {number(f.median)} | {number(min(f.values))} | {number(max(f.values))} "
        f"| {len(f.values)} | {f.unit} |"
        for name, f in figures.items()
    ]
    head = ["| figure | median | min | max | values | unit |", "|---|---|---|---|---|---|"]
    return "\n".join(["## Every figure", "", *head, *rows, ""])


def notes(read: Mapping[str, Any]) -> str:
    """What could not be measured, and what else is to be known."""
    said = list(said_of(read["notes"]))
    return "\n".join(["## Notes", "", *said, ""]) if said else ""


def said_of(notes: Mapping[str, list[str]]) -> Iterator[str]:
    """Each note with its scenario."""
    for scenario, all_ in notes.items():
        yield from (f"- {scenario}: {note}" for note in all_)
