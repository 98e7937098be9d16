"""``python -m deploy.drill``: lose the database of a working line, restore it, and check all."""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.demo.trouble import DemoError
from deploy.drill import disaster, last_commit, tail
from deploy.drill.checks import Verdict
from deploy.drill.line import Line
from deploy.local import lock
from deploy.local.errors import StackError
from deploy.local.layout import Layout
from deploy.local.progress import say
from deploy.local.supervisor import interruptible

OFFSET = 4100
"""Away from a stack that runs beside it."""

ACTS: dict[str, Callable[[Line, argparse.Namespace], list[Verdict]]] = {
    "nothing": last_commit.play,
    "tail": tail.play,
}


def main() -> int:
    """Play one act; 0 only when everything that was checked is as it must be."""
    options = parser().parse_args()
    layout = Layout(options.data.resolve(), options.offset)
    began = time.monotonic()
    try:
        require_nothing(layout.data)
        with lock.held(layout.run), interruptible():
            say(f"Drill in {layout.data}: the database is lost, and {options.lose} with it")
            verdicts = play(Line(layout), options)
    except (StackError, DemoError, OSError) as error:
        print(f"drill: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("drill: stopped", file=sys.stderr)
        return 1
    return conclude(verdicts, layout, time.monotonic() - began, keep=options.keep)


def require_nothing(data: Path) -> None:
    """Raise StackError when something of an earlier drill, or of anything else, is there."""
    if data.exists():
        raise StackError(f"{data} exists: a drill begins with nothing")


def play(line: Line, options: argparse.Namespace) -> list[Verdict]:
    """Play the act on a stack of its own; nothing is left running."""
    try:
        return ACTS[options.lose](line, options)
    finally:
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, signal.SIG_IGN)
        line.stop()


def conclude(verdicts: Sequence[Verdict], layout: Layout, seconds: float, *, keep: bool) -> int:
    """Print the table; the data stays only when something is wrong, or it is asked for."""
    say("")
    for verdict in verdicts:
        say(f"  {'ok   ' if verdict.ok else 'WRONG'} {verdict.what:<48} {verdict.found}")
    wrong = sum(not verdict.ok for verdict in verdicts)
    say(f"\n{len(verdicts) - wrong} of {len(verdicts)} checks hold, in {seconds:.0f} s.")
    if wrong or keep:
        say(f"Everything is in {layout.data}.")
    else:
        disaster.forget(layout.data)
    return 1 if wrong else 0


def parser() -> argparse.ArgumentParser:
    """What may be typed."""
    top = argparse.ArgumentParser(
        prog="python -m deploy.drill",
        description=__doc__,
        epilog="It uses a data directory and ports of its own, and ends with 0 when all is well.",
    )
    top.add_argument("--lose", choices=list(ACTS), default="nothing", help="what the restore loses")
    top.add_argument("--data", type=Path, default=Path(".wardline-drill"))
    top.add_argument("--offset", type=int, default=OFFSET, help="added to every port")
    top.add_argument("--wards", type=int, default=40, help="how many play the demo month")
    top.add_argument("--seconds", type=float, default=15.0, help="of work before the loss")
    top.add_argument("--keep", action="store_true", help="keep the data directory")
    return top


if __name__ == "__main__":
    sys.exit(main())
