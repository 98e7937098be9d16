"""Reads what the clients and the nemesis wrote down, line by line."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.chaos.checker.evidence import Fault, Hostile, Request, Seen

Line = Mapping[str, Any]


def lines(path: Path) -> Iterator[Line]:
    """The lines of a journal; a last line that was cut short is none."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="surrogatepass") as journal:
        for line in journal:
            if line.endswith("\n"):
                yield json.loads(line)


def requests(found: Iterator[Line]) -> list[Request]:
    """Every request once, with its last outcome; one that never ended is of unknown outcome."""
    joined: dict[object, dict[str, Any]] = {}
    for number, line in enumerate(found):
        known = joined.setdefault(line.get("request", number), {})
        known |= {name: value for name, value in line.items() if value is not None}
    return [_request(line) for line in joined.values()]


def _request(line: Line) -> Request:
    outcome = line["outcome"]
    return Request(
        op=line["op"],
        who=line["who"],
        report=line.get("report") or "",
        outcome="unknown" if outcome == "sent" else outcome,
        version=line.get("version"),
        key=line.get("key"),
        content=line.get("content"),
        status=line.get("status"),
        answer=line.get("answer"),
        at=seconds(line.get("at", 0)),
        notice=line.get("notice"),
        told=line.get("told"),
        tries=line.get("tries") or 1,
    )


def seen(found: Iterator[Line]) -> list[Seen]:
    """What readers of streams saw, in the order in which they saw it."""
    return [
        Seen(
            reader=line["who"],
            log=line.get("log", "inbox"),
            ward=line.get("ward"),
            event=line.get("event") or "",
            id=int(line["id"]),
            connection=line.get("connection", 0),
            at=seconds(line.get("at", 0)),
        )
        for line in found
    ]


def hostile(found: Iterator[Line]) -> list[Hostile]:
    """Hostile records that a broker took."""
    return [
        Hostile(line["topic"], line["digest"], line["kind"], line["expected"]) for line in found
    ]


def faults(found: Iterator[Line]) -> list[Fault]:
    """Faults with their beginning and end."""
    return [
        Fault(
            line["kind"],
            str(line.get("target", "")),
            seconds(line["began"]),
            seconds(line.get("ended") or line["began"]),
        )
        for line in found
    ]


def seconds(written: float | str) -> float:
    """An instant as seconds since the epoch, however it was written."""
    if isinstance(written, str):
        return datetime.fromisoformat(written).timestamp()
    return float(written)
