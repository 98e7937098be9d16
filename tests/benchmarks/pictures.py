"""The charts of the page, as far as there are figures for them."""

from collections.abc import Iterator, Mapping

from tests.benchmarks import chart
from tests.benchmarks.results import Figure
from tests.benchmarks.stand import SERVICES

RATE = ".rate"
Figures = Mapping[str, Figure]
Points = list[tuple[float, float]]


def drawn(figures: Figures) -> Iterator[tuple[str, str]]:
    """Each chart by its name."""
    for order in ("local", "shuffled"):
        rates = ending(figures, f"{order}.", RATE)
        if rates:
            yield f"backlog-{order}", chart.bars(f"A waiting backlog, {order}", rates)
    for name in ("end_to_end", "put_32_clients", "local.aggregation"):
        costs = beginning(figures, f"{name}.cpu.")
        if costs:
            yield f"cost-{name}", chart.bars(f"CPU per report: {name}", costs)
    yield from curves(figures)
    growth = beginning(figures, "growth_at_million_")
    if growth:
        yield "growth", chart.bars("Speed with a million facts, beside empty", growth)
    yield from over_time(figures)


def curves(figures: Figures) -> Iterator[tuple[str, str]]:
    """What depends on a number: the size of a batch, how many processes there are."""
    for process in ("python", "postgres"):
        series = {name: points(figures, f"batch.{name}.{process}.") for name in SERVICES}
        if any(series.values()):
            title = f"CPU per event by batch size, {process}"
            yield f"batch-{process}", chart.lines(title, given(series), "µs", logarithmic=True)
    series = {name: points(figures, f"scaling.{name}.rate.") for name in SERVICES}
    if any(series.values()):
        title = "Processes on twelve partitions, two cores"
        yield "scaling", chart.lines(title, given(series), "reports/s")


def over_time(figures: Figures) -> Iterator[tuple[str, str]]:
    """Memory through the soak, in its tenths."""
    soaked = beginning(figures, "soak.memory.")
    series = {
        name: [(float(place), value) for place, value in enumerate(thinned(figure.values), 1)]
        for name, figure in soaked.items()
        if name in SERVICES
    }
    if series:
        yield "soak", chart.lines("Memory through the soak, in tenths of it", series, "MB")


def thinned(values: list[float], most: int = 10) -> list[float]:
    """The last of each tenth."""
    step = max(1, len(values) // most)
    return values[step - 1 :: step]


def points(figures: Figures, prefix: str) -> Points:
    """Medians by the number that ends a figure's name."""
    return sorted((float(rest), f.median) for rest, f in beginning(figures, prefix).items())


def given(series: Mapping[str, Points]) -> dict[str, Points]:
    """Those that were measured."""
    return {name: found for name, found in series.items() if found}


def beginning(figures: Figures, prefix: str) -> dict[str, Figure]:
    """The figures whose names begin so, by the rest."""
    return {n.removeprefix(prefix): f for n, f in figures.items() if n.startswith(prefix)}


def ending(figures: Figures, prefix: str, suffix: str) -> dict[str, Figure]:
    """The figures with such names, by what is between."""
    found = beginning(figures, prefix)
    return {n.removesuffix(suffix): f for n, f in found.items() if n.endswith(suffix)}
