"""``python -m tests.chaos --seed N --seconds S``: break the real line, and see that it holds."""

import argparse
import asyncio
import logging
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from deploy.local.errors import StackError
from tests.chaos.nemesis import catalogue
from tests.chaos.nemesis.schedule import plan
from tests.chaos.planted import defects
from tests.chaos.planted.defects import DEFECTS
from tests.chaos.run import Order, run, tell
from tests.chaos.table import Outcome, table

BROKEN, NOT_STARTED, INTERRUPTED = 1, 2, 130


def arguments() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(
        "python -m tests.chaos",
        description=__doc__,
        epilog=f"Planted defects, and what catches them:\n{defects.table()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--seed", type=int, default=1, help="what the faults and all choices are drawn from")
    add("--seconds", type=float, default=60, help="how long faults go on (60)")
    add("--only", default="", metavar="KINDS", help="only these kinds of faults, with commas")
    add("--plan", action="store_true", help="print the faults and when they come, and end")
    add("--planted", default="", choices=DEFECTS, metavar="DEFECT", help="with a planted defect")
    add("--expect-caught", action="store_true", help="end well only if the defect was caught")
    add("--sound", action="store_true", help="as with the defect, but without it: must end well")
    add("--data", type=Path, help="the run's directory; it must not exist (one in /tmp)")
    add("--keep", action="store_true", help="keep the directory also when all went well")
    return parser.parse_args()


def main() -> int:
    """Run, print the table, and say by the exit code whether every promise was kept."""
    asked = arguments()
    order = ordered(asked)
    if asked.plan:
        tell("\n".join(map(str, order.planned)))
        return 0
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it speaks of every broken connection
    data = asked.data or Path(tempfile.mkdtemp(prefix="wardline-chaos-"))
    try:
        outcome = asyncio.run(interruptible(order, data))
    except asyncio.CancelledError:
        tell(f"interrupted; what there is stays in {data}")
        return INTERRUPTED
    except StackError as error:
        tell(f"{error}; logs are in {data}")
        return NOT_STARTED
    tell(table(outcome))
    return judged(outcome, data, expect=asked.expect_caught, keep=asked.keep)


def ordered(asked: argparse.Namespace) -> Order:
    """The run: a planted defect brings the faults that make it show."""
    if asked.planted:
        defect = DEFECTS[asked.planted]
        plans = defect.plan(asked.seed)
        return Order(asked.seed, defect.seconds, plans, asked.planted, asked.sound)
    planned = plan(catalogue.only(asked.only), asked.seed, asked.seconds)
    return Order(asked.seed, asked.seconds, planned)


async def interruptible(order: Order, data: Path) -> Outcome:
    """The run; Ctrl-C or SIGTERM ends it in order, and another one does not disturb that."""
    running, loop = asyncio.ensure_future(run(order, data, tell)), asyncio.get_running_loop()
    asked: set[signal.Signals] = set()

    def end(sign: signal.Signals) -> None:
        if not asked:
            tell("ending everything")
            running.cancel()
        asked.add(sign)

    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, end, sign)
    return await running


def judged(outcome: Outcome, data: Path, *, expect: bool, keep: bool) -> int:
    """The exit code; the directory goes when nobody will want to look into it."""
    caught = set(DEFECTS[outcome.planted].caught_by if expect else ()) & set(outcome.broken)
    well = bool(caught) if expect else outcome.ok
    if expect:
        tell(f"{outcome.planted}: {'caught by ' + ', '.join(caught) if caught else 'NOT CAUGHT'}")
    if well and not keep:
        shutil.rmtree(data)
    else:
        tell(f"logs and journals are in {data}")
    return 0 if well else BROKEN


if __name__ == "__main__":
    sys.exit(main())
