"""A progress bar for each stage of the demo month."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

TITLE_WIDTH = 46


class Bar:
    """How far one stage has come."""

    def __init__(self, progress: Progress, task: TaskID, total: int) -> None:
        self._progress, self._task, self._total = progress, task, total

    def advance(self) -> None:
        """One more is done."""
        self._progress.advance(self._task)

    def left(self, count: int) -> None:
        """So many are still to be done."""
        self._progress.update(self._task, completed=self._total - count)


class Stages:
    """All bars, one below the other."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn(f"{{task.description:<{TITLE_WIDTH}}}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )

    def __enter__(self) -> Self:
        """Show them."""
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave them as they are."""
        self._progress.stop()

    @contextmanager
    def stage(self, title: str, total: int) -> Iterator[Bar]:
        """One stage, for the length of the block."""
        task = self._progress.add_task(title, total=total)
        yield Bar(self._progress, task, total)
        self._progress.update(task, completed=total)
        self._progress.stop_task(task)
