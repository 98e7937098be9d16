"""Each way to break a reader is named; each way to add to a contract is let through."""

from copy import deepcopy
from typing import Any

import pytest

from contracts.asyncapi import example
from contracts.catalogue import TemplatePublished
from contracts.compatibility import schema_breaks, template_breaks
from contracts.decisions import ReportReturned
from contracts.schemas import schema
from contracts.template import Field, Template, Text

RELEASED = schema(ReportReturned)


def changed(**properties: dict[str, Any]) -> dict[str, Any]:
    new = deepcopy(RELEASED)
    new["properties"] |= properties
    return new


def test_nothing_changed_breaks_nothing() -> None:
    assert schema_breaks(RELEASED, deepcopy(RELEASED)) == []


def test_an_added_optional_field_breaks_nothing() -> None:
    assert schema_breaks(RELEASED, changed(added={"type": "string"})) == []


def test_a_removed_field_is_named() -> None:
    new = changed()
    del new["properties"]["note"]
    assert schema_breaks(RELEASED, new) == ["/note: removed"]


def test_a_renamed_field_is_a_removed_one() -> None:
    new = changed()
    new["properties"]["remark"] = new["properties"].pop("note")
    assert schema_breaks(RELEASED, new) == ["/note: removed"]


def test_a_newly_required_field_is_named() -> None:
    new = changed()
    new["required"] = [*new["required"], "note"]
    assert schema_breaks(RELEASED, new) == ["/note: newly required"]


def test_a_retyped_field_is_named() -> None:
    new = changed(note={"type": "integer"})
    assert schema_breaks(RELEASED, new) == ["/note: no longer string"]


def test_a_field_that_can_no_longer_be_null_is_named() -> None:
    new = changed(counted_version={"type": "integer"})
    assert schema_breaks(RELEASED, new) == ["/counted_version: no longer null"]


@pytest.mark.parametrize(
    ("narrower", "sentence"),
    [
        ({"type": "integer", "minimum": 5}, "/version: minimum rose"),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "/version: maximum fell"),
        ({"type": "integer", "minimum": 1, "enum": [1]}, "/version: fewer values are allowed"),
        ({"type": "integer", "minimum": 1, "const": 1}, "/version: fewer values are allowed"),
    ],
)
def test_a_narrowed_range_or_enum_is_named(narrower: dict[str, Any], sentence: str) -> None:
    assert schema_breaks(RELEASED, changed(version=narrower)) == [sentence]


def test_a_wider_range_breaks_nothing() -> None:
    assert schema_breaks(RELEASED, changed(version={"type": "integer", "minimum": 0})) == []


def test_a_changed_pattern_is_named() -> None:
    new = changed(ward_code={"type": "string", "pattern": "^[0-9]{4}$"})
    assert schema_breaks(RELEASED, new) == ["/ward_code: the pattern changed"]


def test_a_break_deep_inside_is_named_with_its_place() -> None:
    new = deepcopy(RELEASED)
    del new["$defs"]["Counted"]["properties"]["submitted_at"]
    assert schema_breaks(RELEASED, new) == ["/counted/submitted_at: removed"]


def template() -> Template:
    return TemplatePublished.model_validate(example(TemplatePublished)["data"]).template


def with_fields(fields: dict[str, Field], version: int = 1) -> Template:
    return template().model_copy(update={"fields": fields, "version": version})


def test_a_released_template_keeps_its_fields_kinds_and_units() -> None:
    kept = template().fields
    stock = kept["dxt01"].model_copy(update={"kind": "stock"})
    persons = kept["dxt01"].model_copy(update={"unit": Text(vi="người", en="persons")})
    assert template_breaks(template(), with_fields(kept | {"more": kept["dxt02"]})) == []
    assert template_breaks(template(), with_fields({"dxt01": kept["dxt01"]})) == [
        "DXT dxt02: removed",
        "DXT dxt14: removed",
    ]
    assert len(template_breaks(template(), with_fields(kept | {"dxt01": stock}))) == 1
    assert len(template_breaks(template(), with_fields(kept | {"dxt01": persons}))) == 1


def test_a_new_template_version_may_change_anything() -> None:
    assert template_breaks(template(), with_fields({}, version=2)) == []
