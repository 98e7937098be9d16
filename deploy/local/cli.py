"""The commands of the local stack."""

import argparse
import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from deploy.local import lock, status
from deploy.local.errors import StackError
from deploy.local.issuer import Issuer
from deploy.local.layout import SERVICE_PORTS, Layout
from deploy.local.progress import say
from deploy.local.supervisor import supervise

MEGABYTE = 1_000_000


def main() -> int:
    """Run one command; what goes wrong is one line on standard error and exit code 1."""
    options = parser().parse_args()
    layout = Layout(options.data.resolve(), options.offset)
    command: Callable[[Layout, argparse.Namespace], int] = options.command
    try:
        return command(layout, options)
    except StackError as error:
        reason = str(error)
    except OSError as error:
        reason = f"{error.strerror or error} ({error.filename or 'no file'})"
    full = "; the disk is full" if is_full(layout.data) else ""
    print(f"wardline: {reason}{full}", file=sys.stderr)
    return 1


def is_full(folder: Path) -> bool:
    """Whether nothing more can be kept there: then even the reason of a failure may not be."""
    return folder.exists() and shutil.disk_usage(folder).free < MEGABYTE


def parser() -> argparse.ArgumentParser:
    """What may be typed."""
    top = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    top.add_argument(
        "--data", type=Path, default=Path(".wardline"), help="where everything is kept"
    )
    top.add_argument("--offset", type=int, default=0, help="added to every port")
    commands = top.add_subparsers(required=True)
    for name, text in (
        ("run", "start all; on fresh data play the demo month"),
        ("up", "start all"),
    ):
        up = commands.add_parser(name, help=text)
        up.add_argument("--services", default=",".join(SERVICE_PORTS), help="only these, or ''")
        up.add_argument("--volatile", action="store_true", help="faster, loses data in a power cut")
        up.set_defaults(command=start, demo=name == "run")
    for name, action, text in (
        ("down", down, "stop what runs"),
        ("status", show_status, "what runs, and is it ready"),
        ("clean", clean, "remove all data"),
    ):
        commands.add_parser(name, help=text).set_defaults(command=action)
    token = commands.add_parser("token", help="print a bearer token")
    token.add_argument("--role", action="append", required=True, help="may be given again")
    token.add_argument("--ward", action="append", default=[], help="may be given again")
    token.add_argument("--subject", help="who it is; named after role and ward otherwise")
    token.add_argument("--hours", type=float, default=24.0)
    token.set_defaults(command=print_token)
    return top


def start(layout: Layout, options: argparse.Namespace) -> int:
    """Start the stack and stay with it."""
    names = [name for name in options.services.split(",") if name]
    unknown = [name for name in names if name not in SERVICE_PORTS]
    if unknown:
        raise StackError(f"no such service: {', '.join(unknown)}")
    supervise(layout, names, durable=not options.volatile, demo=options.demo)
    return 0


def down(layout: Layout, _options: argparse.Namespace) -> int:
    """Stop the stack that runs on the data directory."""
    say("stopped" if lock.stop_holder(layout.run) else "nothing runs")
    return 0


def show_status(layout: Layout, _options: argparse.Namespace) -> int:
    """Print what runs; 0 when all of it is ready."""
    return status.show(layout)


def clean(layout: Layout, _options: argparse.Namespace) -> int:
    """Remove the data directory of a stack that does not run."""
    if lock.holder(layout.run) is not None:
        raise StackError(f"a stack runs on {layout.data}: `make down` first")
    if not layout.data.exists():
        say(f"{layout.data}: nothing to remove")
        return 0
    size = sum(path.lstat().st_size for path in layout.data.rglob("*")) / MEGABYTE
    say(f"removing {layout.data} ({size:.0f} MB): database, events, mail, the key, logs")
    shutil.rmtree(layout.data)
    return 0


def print_token(layout: Layout, options: argparse.Namespace) -> int:
    """Sign a token and print nothing else."""
    role, *also = options.role
    lifetime = timedelta(hours=options.hours)
    say(Issuer(layout.data).sign(role, options.ward, options.subject, lifetime, also=also))
    return 0
