"""The figures as one table for a terminal, then the targets."""

from tests.benchmarks.results import Figure, Results, number
from tests.benchmarks.targets import TARGETS


def drawn(results: Results) -> str:
    """A line for each figure, ratios last, then the notes."""
    plain = {n: f for n, f in results.figures.items() if f.unit != "×"}
    ratios = {n: f for n, f in results.figures.items() if f.unit == "×"}
    width = max(map(len, results.figures), default=0)
    head = f"{'':{width}}  {'median':>12} {'min':>12} {'max':>12}\n"
    lines = [line(name, figure, width) for name, figure in {**plain, **ratios}.items()]
    notes = [f"{scenario}: {said}\n" for scenario, all_ in results.notes.items() for said in all_]
    return head + "".join(lines + notes) + reached(results)


def line(name: str, figure: Figure, width: int) -> str:
    """One figure."""
    numbers = (figure.median, min(figure.values), max(figure.values))
    written = " ".join(f"{number(value):>12}" for value in numbers)
    return f"{name:{width}}  {written} {figure.unit}\n"


def reached(results: Results) -> str:
    """Each target that something was measured for."""
    return "".join(
        f"{target.words}: {target.measured(results.figures)}, wanted {target.wanted()}: "
        f"{target.verdict(results.figures)}\n"
        for target in TARGETS
        if target.figure in results.figures
    )
