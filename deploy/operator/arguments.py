"""What may be typed."""

import argparse
from collections.abc import Callable
from pathlib import Path

from deploy.local.layout import SERVICE_PORTS
from deploy.operator import requests
from deploy.operator.requests import Request

STATES = ("waiting", "parked", "replayed", "fixed", "discarded")
APPLY = "do it; without this it is only tried, and nothing stays"

Group = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it


def parser() -> argparse.ArgumentParser:
    """The commands and what each takes."""
    top = argparse.ArgumentParser(
        prog="python -m deploy.operator",
        description="Dead letters and the audit, over the services' HTTP APIs.",
        epilog="Shows WARDLINE_TOKEN as its token, or one of the local stack's issuer.",
    )
    top.add_argument("--data", type=Path, default=Path(".wardline"), help="the local stack's")
    top.add_argument("--offset", type=int, default=0, help="the local stack's distance of ports")
    top.add_argument("--language", choices=("vi", "en"), default="vi", help="of what is said")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    letters = commands.add_parser("dead-letters", help="records that could not be applied")
    _letters(letters.add_subparsers(required=True, metavar="COMMAND"))
    acts = _command(commands, "audit", "who did what, the newest first", requests.list_acts)
    acts.add_argument("--object", help="such as report/<id>")
    acts.add_argument("--who", help="an opaque subject")
    _paged(acts)
    check = commands.add_parser("audit-verify", help="name audit rows changed or removed, locally")
    check.add_argument("noted", nargs="*", metavar="SERVICE:POSITION:HASH", help="noted before")
    check.set_defaults(request=None)
    return top


def _letters(commands: "Group[argparse.ArgumentParser]") -> None:
    listing = _command(commands, "list", "those that wait, the oldest first", requests.list_letters)
    listing.add_argument("--state", choices=STATES)
    _filtered(listing)
    _paged(listing)
    showing = _command(commands, "show", "all of one", requests.show)
    showing.add_argument("id", type=int)
    again = _command(commands, "replay", "apply once more, as they are", requests.replay)
    again.add_argument("ids", type=int, nargs="*", metavar="ID")
    _filtered(again)
    again.add_argument("--parked", action="store_true", help="also after three failed replays")
    again.add_argument("--apply", action="store_true", help=APPLY)
    fixing = _command(commands, "fix", "apply one with corrected data", requests.fix)
    fixing.add_argument("id", type=int)
    fixing.add_argument("--value", metavar="FILE", help="the event's data as JSON; - reads it here")
    fixing.add_argument(
        "--header", type=_header, action="append", default=[], metavar="NAME=VALUE", help="or NAME="
    )
    fixing.add_argument("--apply", action="store_true", help=APPLY)
    ending = _command(commands, "discard", "never apply one", requests.discard)
    ending.add_argument("id", type=int)
    ending.add_argument("--reason", required=True, help="goes into the audit; names no person")


def _command(
    commands: "Group[argparse.ArgumentParser]",
    name: str,
    purpose: str,
    request: Callable[[argparse.Namespace], Request],
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=purpose)
    command.add_argument("--service", choices=tuple(SERVICE_PORTS), default="validation")
    command.add_argument("--url", help="of the service, where it is not the local stack's")
    command.set_defaults(request=request)
    return command


def _filtered(command: argparse.ArgumentParser) -> None:
    command.add_argument("--cause", help="a code, such as submission-unknown")
    command.add_argument("--stage", choices=("envelope", "schema", "handler"))
    command.add_argument("--topic")


def _paged(command: argparse.ArgumentParser) -> None:
    command.add_argument("--limit", type=int, help="lines at most")
    command.add_argument("--cursor", help="where the page before ended")


def _header(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError("NAME=VALUE, or NAME= to take it away")
    return name, value or None
