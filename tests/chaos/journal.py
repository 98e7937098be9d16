"""What the run itself saw, as JSON lines: the only thing the checker believes about the outside."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

Entry = dict[str, Any]

SENT: Final = "sent"
ACKNOWLEDGED: Final = "acknowledged"
REFUSED: Final = "refused"
UNKNOWN: Final = "unknown"
"""The request may have taken effect, or may not, or may yet."""


class Journal:
    """Files below ``<data>/journal``; every line is written out before ``write`` returns."""

    def __init__(self, data: Path) -> None:
        self.directory = data / "journal"
        self.directory.mkdir(parents=True, exist_ok=True)
        self._files = {
            name: (self.directory / f"{name}.jsonl").open("a", encoding="utf-8")
            for name in ("client", "faults", "streams", "hostile", "findings")
        }
        self._numbers = count(1)

    def number(self) -> int:
        """A new number: the lines of one request have it in common."""
        return next(self._numbers)

    def write(self, name: str, **entry: Any) -> None:  # noqa: ANN401
        """Add a line to ``client``, ``faults``, ``streams``, ``hostile`` or ``findings``."""
        line = json.dumps({"at": now()} | entry, ensure_ascii=False, default=str)
        self._files[name].write(line + "\n")
        self._files[name].flush()

    def read(self, name: str) -> Iterator[Entry]:
        """The lines so far."""
        return entries(self.directory / f"{name}.jsonl")

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()


def now() -> str:
    """The instant as the journal has it: UTC, so that text sorts as time does."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def entries(path: Path) -> Iterator[Entry]:
    """The lines of a file of the journal."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            entry: Entry = json.loads(line)
            yield entry
