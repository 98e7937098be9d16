"""What a record says, read anew: CloudEvents in Kafka's binary mode, or the structured one."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID, uuid5

from tests.chaos.checker.evidence import (
    ASKED,
    DECISIONS,
    FIGURES,
    SUBMITTED,
    TEMPLATES,
    TOPIC_OF,
    WARDS,
    Told,
)
from tests.chaos.checker.segments import Raw

FOREIGN: Final = UUID("6f6b6f0e-9d1c-5f2a-8a54-3b1f4c1f7d10")
"""Namespace of ids that are no UUID, as the bus' description has it."""

NEMESIS: Final = b"chaos"
"""The header that a re-sender adds: the kind of its fault."""

Data = Mapping[str, Any]
Order = Callable[[Data], tuple[str, int]]

ORDER: Final[Mapping[str, Order]] = {
    WARDS: lambda data: (data["code"], data["version"]),
    TEMPLATES: lambda data: (data["template"]["code"], data["template"]["version"]),
    SUBMITTED: lambda data: (data["report_id"], data["submission_no"]),
    ASKED: lambda data: (data["report_id"], data["submission_no"]),
    **dict.fromkeys(DECISIONS, lambda data: (data["report_id"], data["decision_no"])),
    FIGURES: lambda data: (
        f"{data['template_code']}/{data['period']['code']}/{data['basis']}",
        data["revision"],
    ),
}
"""Aggregate and sequence of each type."""


def told(raw: Raw) -> Told | None:
    """The event of a record, or nothing when it is none of ours."""
    if raw.value is None:
        return None
    try:
        attributes, data = _parts(raw)
        kind, source = attributes["type"], attributes["source"]
        key, sequence = ORDER[kind](data)
        id_ = _identity(source, attributes["id"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    topic = raw.place[0]
    if (
        TOPIC_OF[kind] != topic
        or source != "/" + topic.partition(".")[0]
        or type(sequence) is not int
    ):
        return None
    by = (dict(raw.headers).get(NEMESIS) or b"").decode(errors="replace")
    return Told(raw.place, raw.timestamp, id_, kind, str(key), sequence, data, raw.digest, by)


def _parts(raw: Raw) -> tuple[Mapping[str, str], Data]:
    headers = dict(raw.headers)
    kind = (headers.get(b"content-type") or b"application/json").decode()
    if kind.startswith("application/cloudevents"):
        whole = json.loads(raw.value or b"")
        if not isinstance(whole, dict):
            raise TypeError("structured mode is an object")
        return {name: str(said) for name, said in whole.items() if name != "data"}, whole["data"]
    attributes = {
        name[3:].decode(): (value or b"").decode()
        for name, value in headers.items()
        if name.startswith(b"ce_")
    }
    return attributes, json.loads(raw.value or b"")


def _identity(source: str, written: str) -> str:
    try:
        return str(UUID(written))
    except ValueError:
        return str(uuid5(FOREIGN, f"{source}\n{written}"))
