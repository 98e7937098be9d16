"""An event on the bus: CloudEvents 1.0 in Kafka's binary mode, structured mode on input."""

from collections.abc import Mapping, Sequence
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
WRITTEN = OTHERS.union(
    f"ce_{name}"
    for name in (
        *REQUIRED,
        *("time", "subject", "sequence", "partitionkey", "dataschema"),
        *("classification", "correlationid", "causationid"),
    )
)
"""What our own events have at most."""
Headers = list[tuple[str, bytes]]
Pairs = Sequence[tuple[str, bytes | None]]
_INSTANT = TypeAdapter(AwareDatetime)


class NotAnEvent(ValueError):
    """The record is no CloudEvent that can be read; ``args[0]`` is the reason's code."""


class Envelope(msgspec.Struct, frozen=True, gc=False):
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
    texts = {
        "content-type": JSON,
        "ce_specversion": "1.0",
        "ce_id": str(envelope.id),
        "ce_source": event.source,
        "ce_type": event.type,
        "ce_time": envelope.time.astimezone(UTC).isoformat(),
        "ce_subject": event.key,
        "ce_sequence": str(event.sequence),
        "ce_partitionkey": event.key,
        "ce_dataschema": f"{schemas_url}/{event.type}.schema.json",
        "ce_classification": event.classification,
        "ce_correlationid": envelope.correlation_id,
        "ce_causationid": envelope.causation_id,
        "traceparent": envelope.traceparent,
    }
    return [(name, text.encode()) for name, text in texts.items() if text]


def read(pairs: Pairs, value: bytes) -> tuple[Envelope, bytes]:
    """The envelope and the JSON data of a record, in binary or structured mode.

    Raises:
        NotAnEvent: with ``header-encoding``, ``duplicate-header``, ``content-type``,
            ``missing-attribute``, ``attribute-value`` or ``not-json``.
    """
    texts = _written(pairs) or _read(pairs)
    content_type = texts.get("content-type", JSON)
    if content_type.startswith(STRUCTURED):
        return _structured(texts, value)
    if not content_type.startswith(JSON):
        raise NotAnEvent("content-type")
    return _envelope(texts), value


def _written(pairs: Pairs) -> dict[str, str] | None:
    """All headers at once, when they are as `headers` writes them; None for any others."""
    found = dict(pairs)
    if len(found) < len(pairs) or not found.keys() <= WRITTEN:
        return None
    try:
        texts = b"\x00".join(found.values()).decode().split("\x00")  # type: ignore[arg-type]
    except (TypeError, UnicodeDecodeError):
        return None
    return dict(zip(found, texts, strict=True)) if len(texts) == len(found) else None


def _read(pairs: Pairs) -> dict[str, str]:
    """Our headers one by one; those of others are left alone."""
    texts: dict[str, str] = {}
    for name, raw in pairs:
        if name[:3] != "ce_" and name not in OTHERS:
            continue
        if name in texts:
            raise NotAnEvent("duplicate-header")
        if raw is None:
            raise NotAnEvent("header-encoding")
        try:
            texts[name] = raw.decode()
        except UnicodeDecodeError:
            raise NotAnEvent("header-encoding") from None
    return texts


def _structured(texts: Mapping[str, str], value: bytes) -> tuple[Envelope, bytes]:
    try:
        whole = from_json(value, allow_inf_nan=False)
    except ValueError:
        raise NotAnEvent("not-json") from None
    if not isinstance(whole, dict):
        raise NotAnEvent("not-json")
    data = to_json(whole.pop("data", None))
    attributes = {f"ce_{name}": str(attribute) for name, attribute in whole.items()}
    trace = attributes.pop("ce_traceparent", texts.get("traceparent"))
    return _envelope(attributes if trace is None else attributes | {"traceparent": trace}), data


def _envelope(texts: Mapping[str, str]) -> Envelope:
    get = texts.get
    version, own, source, kind = map(get, ("ce_specversion", "ce_id", "ce_source", "ce_type"))
    if not (version and own and source and kind):
        raise NotAnEvent("missing-attribute")
    if version != "1.0" or "\x00" in "".join(texts.values()):
        raise NotAnEvent("attribute-value")
    return Envelope(
        _identity(source, own),
        source,
        kind,
        _instant(get("ce_time")),
        get("ce_subject", ""),
        get("ce_correlationid", ""),
        get("ce_causationid", ""),
        get("traceparent"),
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
