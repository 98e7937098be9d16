"""Small charts as SVG: bars with their spread, and lines."""

from collections.abc import Mapping, Sequence
from html import escape
from math import log
from typing import Final

from tests.benchmarks.results import Figure, number

WIDTH, LABELS, ROW, MARGIN = 720, 240, 26, 14
HEIGHT, RISE = 260, 170
COLOURS: Final = ("#2b6cb0", "#c05621", "#2f855a", "#6b46c1", "#b83280", "#4a5568")


def bars(title: str, figures: Mapping[str, Figure]) -> str:
    """A bar for each median, with a line from the lowest to the highest value."""
    most = max((max(figure.values) for figure in figures.values()), default=1.0) or 1.0
    scale = (WIDTH - LABELS - 90) / most
    parts = [text(MARGIN, 20, title, weight="bold")]
    for place, (name, figure) in enumerate(figures.items()):
        y = 34 + place * ROW
        parts.append(text(LABELS - 8, y + 14, name, anchor="end"))
        parts.append(box(LABELS, y, figure.median * scale, COLOURS[place % len(COLOURS)]))
        low, high = (LABELS + edge(figure.values) * scale for edge in (min, max))
        parts.append(f'<path d="M{low:.1f} {y + 9}H{high:.1f}" stroke="#1a202c"/>')
        said = f"{number(figure.median)} {figure.unit}"
        parts.append(text(high + 6, y + 14, said))
    return drawing(34 + len(figures) * ROW + MARGIN, parts)


def lines(
    title: str,
    series: Mapping[str, Sequence[tuple[float, float]]],
    unit: str,
    *,
    logarithmic: bool = False,
) -> str:
    """A line for each series of points; x by rank, y from nothing or by its logarithm."""
    places = sorted({x for points in series.values() for x, _ in points})
    heights = scaled([y for points in series.values() for _, y in points], logarithmic=logarithmic)
    step = (WIDTH - 100) / max(1, len(places) - 1)
    at = {x: 60 + rank * step for rank, x in enumerate(places)}
    parts = [text(MARGIN, 20, f"{title} ({unit})", weight="bold")]
    parts += [text(at[x], HEIGHT - 12, f"{x:,.0f}", anchor="middle") for x in places]
    for place, (name, points) in enumerate(series.items()):
        colour = COLOURS[place % len(COLOURS)]
        path = " ".join(f"{at[x]:.1f},{HEIGHT - 34 - heights[y]:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(text(WIDTH - 180, 20 + 16 * place, name, colour=colour))
        parts += [
            text(at[x], HEIGHT - 40 - heights[y], number(y), colour=colour, anchor="middle")
            for x, y in points
        ]
    return drawing(HEIGHT, parts)


def scaled(values: Sequence[float], *, logarithmic: bool) -> dict[float, float]:
    """How high each value stands above the ground line."""
    top = max(values, default=1.0) or 1.0
    if not logarithmic:
        return {y: y / top * RISE for y in values}
    low = max(min(values), top / 10_000) * 0.8
    return {y: log(max(y, low) / low) / log(top / low) * RISE for y in values}


def drawing(height: float, parts: Sequence[str]) -> str:
    """The whole picture."""
    size = f'width="{WIDTH}" height="{height:.0f}" viewBox="0 0 {WIDTH} {height:.0f}"'
    style = 'font-family="sans-serif" font-size="12"'
    back = f'<rect width="{WIDTH}" height="{height:.0f}" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{back}{"".join(parts)}</svg>\n'


def box(x: float, y: float, width: float, colour: str) -> str:
    """One bar."""
    return f'<rect x="{x}" y="{y}" width="{max(1, width):.1f}" height="18" fill="{colour}"/>'


def text(  # noqa: PLR0913 - where, what and how
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    weight: str = "normal",
    colour: str = "#1a202c",
) -> str:
    """Words at a place."""
    look = f'text-anchor="{anchor}" font-weight="{weight}" fill="{colour}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(words)}</text>'
