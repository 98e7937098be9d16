"""What each command asks of a service: a method, a path, a query and a body."""

import argparse
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LETTERS = "/v1/dead-letters"


@dataclass(frozen=True, slots=True)
class Request:
    """One request; ``columns`` are shown of each item of a list, or all of the answer."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    columns: tuple[str, ...] = ()


def list_letters(given: argparse.Namespace) -> Request:
    """The letters that wait, or those in a state."""
    names = ("state", "cause", "stage", "topic", "limit", "cursor")
    columns = ("id", "state", "attempts", "first_seen", "topic", "ward_code", "subject", "cause")
    return Request("GET", LETTERS, _given(given, *names), columns=columns)


def show(given: argparse.Namespace) -> Request:
    """One letter."""
    return Request("GET", f"{LETTERS}/{given.id}")


def replay(given: argparse.Namespace) -> Request:
    """These letters once more, or all of a cause."""
    body: dict[str, Any] = {**_given(given, "cause", "stage", "topic")}
    if given.ids:
        body["ids"] = given.ids
    return Request(
        "POST",
        f"{LETTERS}:replay",
        body=body | {"parked": given.parked, "dry_run": not given.apply},
    )


def fix(given: argparse.Namespace) -> Request:
    """One letter with another value or other headers."""
    body: dict[str, Any] = {"dry_run": not given.apply, "headers": dict(given.header)}
    if given.value is not None:
        text = sys.stdin.read() if given.value == "-" else Path(given.value).read_text("utf-8")
        body["value"] = json.loads(text)
    return Request("POST", f"{LETTERS}/{given.id}/fix", body=body)


def discard(given: argparse.Namespace) -> Request:
    """One letter, for good."""
    return Request("POST", f"{LETTERS}/{given.id}/discard", body={"reason": given.reason})


def list_acts(given: argparse.Namespace) -> Request:
    """What people did."""
    columns = ("id", "at", "who", "action", "object", "version", "details")
    return Request(
        "GET", "/v1/audit", _given(given, "object", "who", "limit", "cursor"), columns=columns
    )


def _given(given: argparse.Namespace, *names: str) -> dict[str, str]:
    values = ((name, getattr(given, name)) for name in names)
    return {name: str(value) for name, value in values if value is not None}
