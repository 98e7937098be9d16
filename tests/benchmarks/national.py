"""The whole country, by arithmetic on what was measured: nothing here is measured itself."""

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Final

from tests.benchmarks.results import Figure, number

COMMUNES, TEMPLATES, PARTITIONS = 3_321, 7, 12
DUE: Final = COMMUNES * TEMPLATES
"""Reports that are due in the same hour."""
HOUR: Final = 3_600.0
LAST_MINUTES: Final = 10
"""People send late: the arithmetic takes all reports of the hour to come in so many minutes."""
A_YEAR: Final = DUE * 12
"""As if every template were monthly: more than the shipped ones, of which some are quarterly."""
RETENTION_DAYS: Final = 14
SERVICES: Final = ("submission", "validation", "aggregation", "notification")
COST, DISK = "end_to_end.cpu.", "end_to_end.disk."
Figures = Mapping[str, Figure]


def section(figures: Figures) -> str:
    """The paragraph of the page; empty where its costs were not measured."""
    if COST + SERVICES[0] not in figures or "end_to_end_reports_per_second" not in figures:
        return ""
    peak = DUE / (LAST_MINUTES * 60)
    rate = figures["end_to_end_reports_per_second"].median
    opening = (
        f"{COMMUNES:,} communes × {TEMPLATES} templates, due in the same hour: {DUE:,} reports. "
        f"Measured: {number(rate)} reports/s end to end, so this machine works all of them off in "
        f"{number(DUE / rate)} s. If all come in the last {LAST_MINUTES} minutes "
        f"({number(peak)} reports/s), each process needs:"
    )
    head = ["| process | CPU per report, µs | cores at the peak | processes |", "|---|---|---|---|"]
    rows = list(processes(figures, peak))
    return "\n".join(["## National scale", "", opening, "", *head, *rows, "", *disk(figures), ""])


def processes(figures: Figures, peak: float) -> Iterator[str]:
    """A row for each process: its share of the cores, and how many of it that takes."""
    whole = 0.0
    for name, figure in figures.items():
        process = name.removeprefix(COST)
        if process in {name, "load generator"}:
            continue
        cores = peak * figure.median / 1e6
        whole += cores
        many = str(max(1, ceil(cores / 0.7))) if process in SERVICES else "–"
        yield f"| {process} | {number(figure.median)} | {cores:.3f} | {many} |"
    yield f"| together | | {whole:.2f} | |"


def disk(figures: Figures) -> Iterator[str]:
    """What a year takes."""
    sizes = {n.removeprefix(DISK): f.median for n, f in figures.items() if n.startswith(DISK)}
    tables = sum(size for part, size in sizes.items() if part.startswith("tables"))
    topics, log = sizes.get("topics", 0.0), sizes.get("write-ahead log", 0.0)
    kept = DUE + A_YEAR / 365 * RETENTION_DAYS
    yield (
        f"A process that is loaded to 70 % is counted as full; {PARTITIONS} partitions allow "
        f"{PARTITIONS} processes of each service, and two of each are advisable so that one may "
        "fail. For a report of ten fields the line writes "
        f"{number(tables)} bytes of tables and indexes, {number(topics)} bytes of topics and "
        f"{number(log)} bytes of write-ahead log. {A_YEAR:,} reports a year (as if all seven "
        f"templates were monthly) are {number(A_YEAR * tables / 1e9)} GB of tables, "
        f"{number(A_YEAR * log / 1e9)} GB of write-ahead log to archive, and at most "
        f"{number(kept * topics / 1e9)} GB of topics, which are kept for {RETENTION_DAYS} days "
        "(three times that where three nodes hold them)."
    )
