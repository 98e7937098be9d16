"""``python -m tests.chaos --seed N --seconds S``: break the real line, and see that it holds."""

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tests.chaos.nemesis import catalogue
from tests.chaos.nemesis.schedule import plan
from tests.chaos.run import Order, run, tell
from tests.chaos.table import Outcome, table

BROKEN, INTERRUPTED = 1, 130


def arguments() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser("python -m tests.chaos", description=__doc__)
    add = parser.add_argument
    add("--seed", type=int, default=1, help="what the faults and all choices are drawn from")
    add("--seconds", type=float, default=60, help="how long faults go on (60)")
    add("--only", default="", metavar="KINDS", help="only these kinds of faults, with commas")
    add("--plan", action="store_true", help="print the faults and when they come, and end")
    add("--planted", default="", metavar="DEFECT", help="run with a defect of tests/chaos/planted")
    add("--expect-caught", action="store_true", help="end well only if a promise was broken")
    add("--data", type=Path, help="the run's directory; it must not exist (one in /tmp)")
    add("--keep", action="store_true", help="keep the directory also when all went well")
    return parser.parse_args()


def main() -> int:
    """Run, print the table, and say by the exit code whether every promise was kept."""
    asked = arguments()
    planned = plan(catalogue.only(asked.only), asked.seed, asked.seconds)
    if asked.plan:
        tell("\n".join(map(str, planned)))
        return 0
    data = asked.data or Path(tempfile.mkdtemp(prefix="wardline-chaos-"))
    order = Order(asked.seed, asked.seconds, planned, asked.planted)
    try:
        outcome = asyncio.run(interruptible(order, data))
    except (KeyboardInterrupt, asyncio.CancelledError):
        tell(f"interrupted; what there is stays in {data}")
        return INTERRUPTED
    tell(table(outcome))
    return judged(outcome, data, expect=asked.expect_caught, keep=asked.keep)


async def interruptible(order: Order, data: Path) -> Outcome:
    """The run; SIGTERM ends it as Ctrl-C does."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await run(order, data, tell)


def judged(outcome: Outcome, data: Path, *, expect: bool, keep: bool) -> int:
    """The exit code; the directory goes when nobody will want to look into it."""
    if outcome.ok != expect and not keep:
        shutil.rmtree(data)
    else:
        tell(f"logs and journals are in {data}")
    if expect:
        tell(f"caught by {', '.join(outcome.broken)}" if outcome.broken else "NOT caught")
    return 0 if outcome.ok != expect else BROKEN


if __name__ == "__main__":
    sys.exit(main())
