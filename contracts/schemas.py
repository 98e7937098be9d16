"""The JSON Schema (2020-12) of every event, made from its class."""

from typing import Any

from contracts.event import Event

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def file_name(event: type[Event]) -> str:
    """Where the schema stands, in ``contracts/schemas`` and on the service that writes it."""
    return f"{event.type}.schema.json"


def schema(event: type[Event]) -> Schema:
    """What may stand in an event of that type, as its writer promises it to readers."""
    body = event.model_json_schema(mode="serialization")
    about = {
        "$schema": DIALECT,
        "$id": file_name(event),
        "title": event.__name__,
        "x-type": event.type,
        "x-topic": event.topic,
        "x-classification": event.classification,
    }
    return about | body
