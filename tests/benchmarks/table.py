"""The figures as one table for a terminal."""

from tests.benchmarks.results import Figure, Results


def drawn(results: Results) -> str:
    """A line for each figure, ratios last, then the notes."""
    plain = {n: f for n, f in results.figures.items() if f.unit != "×"}
    ratios = {n: f for n, f in results.figures.items() if f.unit == "×"}
    width = max(map(len, results.figures), default=0)
    head = f"{'':{width}}  {'median':>12} {'min':>12} {'max':>12}\n"
    lines = [line(name, figure, width) for name, figure in {**plain, **ratios}.items()]
    return head + "".join(lines) + "".join(f"note: {note}\n" for note in results.notes)


def line(name: str, figure: Figure, width: int) -> str:
    """One figure."""
    numbers = (figure.median, min(figure.values), max(figure.values))
    written = " ".join(f"{number(value):>12}" for value in numbers)
    return f"{name:{width}}  {written} {figure.unit}\n"


def number(value: float) -> str:
    """As many digits as mean something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
