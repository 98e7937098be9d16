"""What is generated from the contracts is current, valid, and matched by golden examples."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from jsonschema import Draft202012Validator

from contracts import envelope, generate, schemas
from contracts.asyncapi import example
from contracts.event import Event
from contracts.registry import BY_TYPE, EVENTS, READERS

each_event = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)


def test_generated_files_are_current() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "contracts.generate", "--check"],
        cwd=generate.ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (checked.returncode, checked.stderr) == (0, "")


@each_event
def test_a_schema_is_one_of_the_dialect(event: type[Event]) -> None:
    Draft202012Validator.check_schema(schemas.schema(event))


@each_event
def test_the_golden_example_matches_its_schema(event: type[Event]) -> None:
    Draft202012Validator(schemas.schema(event)).validate(example(event)["data"])


@each_event
def test_an_example_without_a_required_field_fails_its_schema(event: type[Event]) -> None:
    schema = schemas.schema(event)
    for name in schema["required"]:
        data = dict(example(event)["data"])
        del data[name]
        assert not Draft202012Validator(schema).is_valid(data), name


@each_event
def test_the_golden_example_is_what_we_read_and_write(event: type[Event]) -> None:
    golden = example(event)
    told = event.model_validate(golden["data"])
    assert told.model_dump(mode="json") == golden["data"]
    assert (told.key, event.type) == (golden["key"], golden["headers"]["ce_type"])
    assert golden["headers"]["ce_sequence"] == str(told.sequence)


@each_event
def test_a_reader_ignores_fields_that_come_later(event: type[Event]) -> None:
    data = example(event)["data"]
    assert event.model_validate(data | {"added_later": 1}) == event.model_validate(data)


@each_event
def test_the_golden_headers_are_those_we_write(event: type[Event]) -> None:
    golden = example(event)
    pairs = [(name, text.encode()) for name, text in golden["headers"].items()]
    read, data = envelope.read(pairs, json.dumps(golden["data"]).encode())
    address = golden["headers"]["ce_dataschema"].rsplit("/", 1)[0]
    assert envelope.headers(event.model_validate_json(data), read, address) == pairs


def test_every_topic_is_provisioned_with_the_same_writer_and_readers() -> None:
    topics: dict[str, Any] = yaml.safe_load(generate.TOPICS.read_text())["topics"]
    writers = {event.topic: event.source.removeprefix("/") for event in EVENTS}
    assert {name: topic["writer"] for name, topic in topics.items()} == writers
    for name, readers in READERS.items():
        assert set(readers) <= set(topics[name]["readers"])


def test_a_type_names_one_class_and_no_file_is_left_over() -> None:
    assert len(BY_TYPE) == len(EVENTS)
    names = {schemas.file_name(event) for event in EVENTS}
    assert {path.name for path in (generate.HERE / "schemas").iterdir()} == names
    examples = {f"{event.type}.json" for event in EVENTS}
    assert {path.name for path in (generate.HERE / "examples").iterdir()} == examples


def test_a_stale_file_fails_the_check(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stale = tmp_path / "some.schema.json"
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "generated", lambda: {stale: "new"})
    monkeypatch.setattr(sys, "argv", ["generate", "--check"])
    assert generate.main() == 1
    assert not stale.exists()


def test_ids_and_times_of_examples_are_fixed() -> None:
    for event in EVENTS:
        golden = example(event)["headers"]
        assert UUID(golden["ce_id"]).version == 7
        assert datetime.fromisoformat(golden["ce_time"]).tzinfo == UTC
