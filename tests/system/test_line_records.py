"""What we write to Kafka is for others to read: the official SDK, and our published schemas."""

import json
from functools import cache
from typing import Any

import pytest
import yaml
from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event, to_binary_event
from jsonschema import Draft202012Validator

from chassis.records import Record
from contracts.registry import BY_TYPE, READERS
from tests.stack import ROOT
from tests.system.broker import Marks, event_in, header
from tests.system.line import REASON, Line
from tests.unit import sound_bodies

REPORT = "26536/DXT/2026-03"
CATALOGUE = "submission.catalogue"


@pytest.fixture
async def records(line: Line) -> list[Record]:
    """At least one record of every type, as its service wrote it to its topic."""
    marks = await line.broker.ends(*READERS.keys() - {CATALOGUE})
    await everything_happens(line)
    await line.until(lambda: is_announced(line, marks))
    return await first_of_the_catalogue(line) + await line.broker.since(marks)


async def everything_happens(line: Line) -> None:
    await line.sent(REPORT, sound_bodies.body("DXT", {"dxt02": 1801}))
    await line.reaches(REPORT, "returned", 1)
    await line.sent(REPORT)
    await line.reaches(REPORT, "in-review", 2)
    await line.withdraw(REPORT)
    await line.reaches(REPORT, "withdrawn", 2)
    await line.approved(REPORT)
    await line.reaches(REPORT, "approved", 3)
    await line.withdraw(REPORT)
    await line.settled()
    await line.decided("refuse-withdrawal", REPORT, 3)
    await line.decided("revoke", REPORT, 3, **REASON)
    await line.settled()


async def is_announced(line: Line, marks: Marks) -> bool:
    topics = {record.topic for record in await line.broker.since(marks)}
    return "aggregation.figures" in topics


async def first_of_the_catalogue(line: Line) -> list[Record]:
    """What was first said of each ward and template: other tests say more."""
    ends = await line.broker.ends(CATALOGUE)
    first: dict[bytes | None, Record] = {}
    for record in await line.broker.since(dict.fromkeys(ends, 0)):
        first.setdefault(record.key, record)
    return [first[key] for key in (b"26536", b"DXT")]


def read_by_sdk(record: Record) -> BaseCloudEvent:
    headers = {name: value or b"" for name, value in record.headers}
    return from_kafka_event(KafkaMessage(headers, record.key, record.value or b""))


async def test_others_read_every_type_of_record(line: Line, records: list[Record]) -> None:
    assert {header(record, "ce_type") for record in records} == set(BY_TYPE)
    for record in records:
        the_official_sdk_reads(record)
        the_asyncapi_document_describes(record)
        await the_schema_it_names_is_served_and_describes(record, line)


def the_official_sdk_reads(record: Record) -> None:
    event, ours = read_by_sdk(record), event_in(record)
    assert (event.get_specversion(), event.get_type()) == ("1.0", ours.type)
    assert (event.get_source(), event.get_subject()) == (ours.source, ours.key)
    assert event.get_datacontenttype() == "application/json"
    assert event.get_extension("sequence") == str(ours.sequence)
    assert event.get_extension("partitionkey") == (record.key or b"").decode() == ours.key
    assert type(ours).model_validate_json(json.dumps(event.get_data())) == ours
    written = to_binary_event(event)
    headers = dict(record.headers)
    assert written.headers.keys() == headers.keys() - {"traceparent"}
    assert all(written.headers[name] == headers[name] for name in headers.keys() - {"ce_time"})


@cache
def asyncapi_components() -> dict[str, Any]:
    document = yaml.safe_load((ROOT / "contracts" / "asyncapi.yaml").read_text())
    found: dict[str, Any] = document["components"]
    return found


def the_asyncapi_document_describes(record: Record) -> None:
    components = asyncapi_components()
    message = components["messages"][BY_TYPE[header(record, "ce_type")].__name__]
    headers = {name: (value or b"").decode() for name, value in record.headers}
    for schema, data in (
        (message["headers"], headers),
        (message["payload"]["schema"], json.loads(record.value or b"")),
    ):
        validator = Draft202012Validator({**schema, "components": components})
        validator.validate(data)
        assert not validator.is_valid({}), "describes nothing"


async def the_schema_it_names_is_served_and_describes(record: Record, line: Line) -> None:
    answer = await line.http.get(header(record, "ce_dataschema"))
    assert answer.status_code == 200
    schema: dict[str, Any] = answer.json()
    Draft202012Validator(schema).validate(json.loads(record.value or b""))
