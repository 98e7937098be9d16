"""The AsyncAPI 3.0 document of the whole bus, made from the registry."""

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from contracts.event import Event
from contracts.registry import EVENTS, READERS

HERE = Path(__file__).parent
EXAMPLES = HERE / "examples"
Document = dict[str, Any]
_DRAFT = "application/vnd.aai.asyncapi;version=3.0.0"
_HEADERS = {
    "content-type": "application/json",
    "ce_specversion": "1.0",
    "ce_id": "UUIDv7 of the event; a reader applies an id once",
    "ce_source": "path of the service that writes it",
    "ce_type": "type and major version",
    "ce_time": "when it happened, RFC 3339 in UTC",
    "ce_subject": "the aggregate's id",
    "ce_sequence": "rises with every event of one aggregate",
    "ce_partitionkey": "the Kafka key",
    "ce_dataschema": "address of the JSON Schema on the service that writes it",
    "ce_classification": "public or internal",
    "ce_correlationid": "the same for everything that one request set off",
    "ce_causationid": "the event that this one answers",
    "traceparent": "W3C trace context",
}
_OPTIONAL = {"ce_correlationid", "ce_causationid", "traceparent"}


def example(event: type[Event]) -> Document:
    """The golden example of an event: its key, headers and data."""
    path = EXAMPLES / f"{event.type}.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


def document(provisioned: Document) -> Document:
    """The document; ``provisioned`` is what ``deploy/kafka/topics.yaml`` says."""
    topics = provisioned["topics"]
    profile = provisioned["profiles"]["production"]
    shared = provisioned["config"] | profile["config"]
    _, schemas = models_json_schema(
        [(event, "serialization") for event in EVENTS],
        ref_template="#/components/schemas/{model}",
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Wardline",
            "version": "1.0.0",
            "description": (__doc__ or "").strip(),
        },
        "defaultContentType": "application/json",
        "channels": {
            _id(topic): _channel(topic, about, profile, shared | about.get("config", {}))
            for topic, about in topics.items()
        },
        "operations": _operations(topics),
        "components": {
            "messages": {event.__name__: _message(event) for event in EVENTS},
            "schemas": schemas["$defs"] | {"CloudEventHeaders": _header_schema()},
        },
    }


def _id(topic: str) -> str:
    return topic.replace(".", "-")


def _channel(topic: str, about: Document, profile: Document, config: Document) -> Document:
    names = [event.__name__ for event in EVENTS if event.topic == topic]
    return {
        "address": topic,
        "description": about["carries"],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "kafka": {
                "topic": topic,
                "partitions": profile["partitions"],
                "replicas": profile["replication_factor"],
                "topicConfiguration": {
                    "cleanup.policy": [config["cleanup.policy"]],
                    "retention.ms": config["retention.ms"],
                    "max.message.bytes": config["max.message.bytes"],
                },
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operations(topics: Document) -> Document:
    writers = {event.topic: event.source.removeprefix("/") for event in EVENTS}
    operations: Document = {}
    for topic in topics:
        channel = {"$ref": f"#/channels/{_id(topic)}"}
        operations[f"{writers[topic]}-sends-{_id(topic)}"] = {
            "action": "send",
            "channel": channel,
        }
        for reader in READERS[topic]:
            operations[f"{reader}-receives-{_id(topic)}"] = {
                "action": "receive",
                "channel": channel,
                "bindings": {
                    "kafka": {
                        "groupId": {"type": "string", "enum": [reader]},
                        "bindingVersion": "0.5.0",
                    }
                },
            }
    return operations


def _message(event: type[Event]) -> Document:
    golden = example(event)
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": (event.__doc__ or "").splitlines()[0],
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
        "payload": {
            "schemaFormat": _DRAFT,
            "schema": {"$ref": f"#/components/schemas/{event.__name__}"},
        },
        "examples": [{"name": "golden", "headers": golden["headers"], "payload": golden["data"]}],
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": "0.5.0"}},
    }


def _header_schema() -> Document:
    return {
        "type": "object",
        "required": [name for name in _HEADERS if name not in _OPTIONAL],
        "properties": {
            name: {"type": "string", "description": meaning} for name, meaning in _HEADERS.items()
        },
    }
