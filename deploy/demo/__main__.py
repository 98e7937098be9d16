"""``python -m deploy.demo``: play a month of made-up reports against what runs."""

import argparse
import asyncio
import sys
from pathlib import Path

from rich.console import Console

from deploy.demo import hints, table
from deploy.demo.courses import FEWEST_WARDS
from deploy.demo.people import People
from deploy.demo.play import CITYS_WARDS, Options, Played, play
from deploy.demo.reports import MARK
from deploy.demo.trouble import DemoError
from deploy.local import lock
from deploy.local.issuer import Issuer
from deploy.local.layout import Layout

WIDTH = 120
"""Of what is printed into a file or a pipe."""


def main() -> int:
    """Play once; 1 when the line did something wrong or a figure differs."""
    options = parser().parse_args()
    layout = Layout(options.data.resolve(), options.offset)
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    how = Options(options.seed, options.clients, options.wards)
    try:
        require_running(layout)
        console.print(f"\nA month of the city, [bold]{MARK}[/]\n")
        played = asyncio.run(play(layout, how, console))
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("demo: stopped; played again it takes the next periods", file=sys.stderr)
        return 1
    return conclude(played, layout, console)


def require_running(layout: Layout) -> None:
    """Raise DemoError unless a stack runs on this data."""
    if lock.holder(layout.run) is None:
        raise DemoError(f"nothing runs on {layout.data}; `make up` starts it")


def conclude(played: Played, layout: Layout, console: Console) -> int:
    """Say what came of it; 1 when a figure differs."""
    for code in played.city.left_out:
        console.print(f"{code}: every period that is open has reports; nothing was sent.")
    if not played.reports:
        return 0
    table.show(played, layout, console)
    hints.tell(layout, People(Issuer(layout.data)), played.reports)
    return 1 if any(sheet.wrong for sheet in played.sheets) else 0


def parser() -> argparse.ArgumentParser:
    """What may be typed."""
    top = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    top.add_argument("--data", type=Path, default=Path(".wardline"), help="the stack's directory")
    top.add_argument("--offset", type=int, default=0, help="the stack's distance of ports")
    top.add_argument("--seed", type=int, default=1, help="another one makes up other reports")
    top.add_argument("--clients", type=int, default=32, help="requests under way at most")
    top.add_argument("--wards", type=wards, default=CITYS_WARDS, help="how many take part")
    return top


def wards(text: str) -> int:
    """A number of wards large enough for everything to happen."""
    if int(text) < FEWEST_WARDS:
        raise argparse.ArgumentTypeError(f"at least {FEWEST_WARDS}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
