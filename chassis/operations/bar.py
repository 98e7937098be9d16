"""A progress bar on a terminal, or a line now and then where none is watching."""

import sys
from dataclasses import dataclass, field
from time import monotonic
from typing import Final, TextIO

WIDTH: Final = 30
LINE_SECONDS: Final = 5.0


@dataclass
class Bar:
    """Shows how much of ``total`` is done; what there is more than it counts as done."""

    total: int
    out: TextIO = field(default_factory=lambda: sys.stderr)
    _began: float = field(default_factory=monotonic)
    _first: int | None = None
    _shown: float = 0.0

    def show(self, done: int, note: str = "") -> None:
        """Draw the bar anew."""
        if self._first is None:
            self._first = done
        now, live = monotonic(), self.out.isatty()
        if not live and done < self.total and now - self._shown < LINE_SECONDS:
            return
        self._shown = now
        self.out.write(f"\r\x1b[K{self._line(done, note)}" if live else f"{self._line(done)}\n")
        self.out.flush()

    def end(self) -> None:
        """Leave the line."""
        if self.out.isatty():
            self.out.write("\n")

    def _line(self, done: int, note: str = "") -> str:
        share = min(1.0, done / self.total) if self.total else 1.0
        filled = round(share * WIDTH)
        rate = (done - (self._first or 0)) / max(monotonic() - self._began, 0.001)
        left = f", {(self.total - done) / rate:.0f} s left" if rate and done < self.total else ""
        bar = "#" * filled + "." * (WIDTH - filled)
        return f"[{bar}] {done:,} of {self.total:,}, {rate:,.0f}/s{left}{note and f' – {note}'}"
