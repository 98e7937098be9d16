"""An event on the bus: CloudEvents 1.0 in Kafka's binary mode, structured mode on input."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5

import msgspec
from pydantic import AwareDatetime, TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from contracts.event import Event

FOREIGN_IDS = UUID("6f6b6f0e-9d1c-5f2a-8a54-3b1f4c1f7d10")
"""Namespace of ids that other systems chose: an id is unique only beside its source."""

STRUCTURED = "application/cloudevents"
JSON = "application/json"
REQUIRED = ("specversion", "id", "source", "type")
OTHERS = frozenset({"content-type", "traceparent"})
"""What we read beside the attributes."""
Headers = list[tuple[str, bytes]]
_INSTANT = TypeAdapter(AwareDatetime)


class NotAnEvent(ValueError):
    """The record is no CloudEvent that can be read; ``args[0]`` is the reason's code."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The attributes of one event beside its data."""

    id: UUID
    source: str
    type: str
    time: datetime
    subject: str = ""
    correlation_id: str = ""
    causation_id: str = ""
    traceparent: str | None = None


def headers(event: Event, envelope: Envelope, schemas_url: str) -> Headers:
    """The Kafka headers of an event; ``schemas_url`` is where the writer serves schemas."""
    attributes = {
        "specversion": "1.0",
        "id": str(envelope.id),
        "source": event.source,
        "type": event.type,
        "time": envelope.time.astimezone(UTC).isoformat(),
        "subject": event.key,
        "sequence": str(event.sequence),
        "partitionkey": event.key,
        "dataschema": f"{schemas_url}/{event.type}.schema.json",
        "classification": event.classification,
        "correlationid": envelope.correlation_id,
        "causationid": envelope.causation_id,
    }
    written = [("content-type", JSON.encode())]
    written += [(f"ce_{name}", text.encode()) for name, text in attributes.items() if text]
    if envelope.traceparent:
        written.append(("traceparent", envelope.traceparent.encode()))
    return written


def read(pairs: Iterable[tuple[str, bytes | None]], value: bytes) -> tuple[Envelope, bytes]:
    """The envelope and the JSON data of a record, in binary or structured mode.

    Raises:
        NotAnEvent: with ``header-encoding``, ``duplicate-header``, ``content-type``,
            ``missing-attribute``, ``attribute-value`` or ``not-json``.
    """
    attributes, others = _texts(pairs)
    content_type = others.get("content-type", JSON)
    if content_type.startswith(STRUCTURED):
        return _structured(others, value)
    if not content_type.startswith(JSON):
        raise NotAnEvent("content-type")
    return _envelope(attributes, others.get("traceparent")), value


def _texts(pairs: Iterable[tuple[str, bytes | None]]) -> tuple[dict[str, str], dict[str, str]]:
    """Attributes by their names, and our other headers; those of others are left alone."""
    attributes: dict[str, str] = {}
    others: dict[str, str] = {}
    for header, raw in pairs:
        if header[:3] == "ce_":
            texts, name = attributes, header[3:]
        elif header in OTHERS:
            texts, name = others, header
        else:
            continue
        if name in texts:
            raise NotAnEvent("duplicate-header")
        if raw is None:
            raise NotAnEvent("header-encoding")
        try:
            texts[name] = raw.decode()
        except UnicodeDecodeError:
            raise NotAnEvent("header-encoding") from None
    return attributes, others


def _structured(texts: Mapping[str, str], value: bytes) -> tuple[Envelope, bytes]:
    try:
        whole = from_json(value, allow_inf_nan=False)
    except ValueError:
        raise NotAnEvent("not-json") from None
    if not isinstance(whole, dict):
        raise NotAnEvent("not-json")
    data = to_json(whole.pop("data", None))
    attributes = {name: str(attribute) for name, attribute in whole.items()}
    trace = attributes.get("traceparent", texts.get("traceparent"))
    return _envelope(attributes, trace), data


def _envelope(attributes: Mapping[str, str], traceparent: str | None) -> Envelope:
    if not all(map(attributes.get, REQUIRED)):
        raise NotAnEvent("missing-attribute")
    if attributes["specversion"] != "1.0" or "\x00" in "".join(attributes.values()):
        raise NotAnEvent("attribute-value")
    return Envelope(
        id=_identity(attributes["source"], attributes["id"]),
        source=attributes["source"],
        type=attributes["type"],
        time=_instant(attributes.get("time")),
        subject=attributes.get("subject", ""),
        correlation_id=attributes.get("correlationid", ""),
        causation_id=attributes.get("causationid", ""),
        traceparent=traceparent,
    )


def _identity(source: str, text: str) -> UUID:
    """Our own ids are UUIDs; those of other systems become one, from source and id."""
    try:
        return msgspec.convert(text, UUID)
    except msgspec.ValidationError:
        pass  # not as ours are written
    try:
        return UUID(text)
    except ValueError:
        return uuid5(FOREIGN_IDS, f"{source}\n{text}")


def _instant(text: str | None) -> datetime:
    """The event's time; CloudEvents leaves it optional, then the epoch stands for unknown."""
    if text is None:
        return datetime.fromtimestamp(0, UTC)
    try:
        return _INSTANT.validate_python(text)
    except ValidationError:
        raise NotAnEvent("attribute-value") from None
