"""Small charts as SVG: bars with their spread, and lines."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from tests.benchmarks.results import Figure
from tests.benchmarks.table import number

WIDTH, LABELS, ROW, MARGIN = 720, 240, 26, 14
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


def lines(title: str, series: Mapping[str, Sequence[tuple[float, float]]], unit: str) -> str:
    """A line for each series of points; x by rank, y from nothing."""
    height = 260
    places = sorted({x for points in series.values() for x, _ in points})
    most = max((y for points in series.values() for _, y in points), default=1.0)
    step = (WIDTH - 100) / max(1, len(places) - 1)
    at = {x: 60 + rank * step for rank, x in enumerate(places)}
    parts = [text(MARGIN, 20, f"{title} ({unit})", weight="bold")]
    parts += [text(at[x], height - 12, number(x), anchor="middle") for x in places]
    for place, (name, points) in enumerate(series.items()):
        colour = COLOURS[place % len(COLOURS)]
        path = " ".join(f"{at[x]:.1f},{height - 34 - y / most * 190:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(text(WIDTH - 180, 20 + 16 * place, name, colour=colour))
        parts += [
            text(at[x], height - 40 - y / most * 190, number(y), colour=colour, anchor="middle")
            for x, y in points
        ]
    return drawing(height, parts)


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
