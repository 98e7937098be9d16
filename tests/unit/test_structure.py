"""The body of a report: every way it can be malformed is named where it stands."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.content import Content
from contracts.problems import FieldProblem
from contracts.structure import read
from contracts.template import Template

LABEL = {"vi": "Mục", "en": "Field"}
TEMPLATE = Template.model_validate(
    {
        "code": "TRY",
        "version": 1,
        "name": LABEL,
        "regime": "periodic",
        "scheme": "LICH",
        "frequencies": ["month"],
        "valid_from": "2025-07-01",
        "owed_by": {"all": True},
        "review": "manual",
        "legal_basis": LABEL,
        "groups": [],
        "fields": {
            "count": LABEL | {"type": "int", "kind": "flow"},
            "amount": LABEL | {"type": "money", "kind": "flow"},
            "needed": LABEL | {"type": "int", "nullable": False, "max": 100},
            "words": LABEL | {"type": "text", "optional": True, "max_length": 5},
        },
        "lists": {
            "projects": LABEL
            | {
                "key": ["code", "source"],
                "max_rows": 3,
                "columns": {
                    "code": LABEL | {"type": "text", "pattern": "[A-Z0-9|/]+"},
                    "source": LABEL | {"type": "enum", "values": {"A": LABEL, "B": LABEL}},
                    "done": LABEL | {"type": "percent"},
                    "starts": LABEL | {"type": "date", "optional": True},
                    "urgent": LABEL | {"type": "flag", "optional": True},
                },
            }
        },
        "derived": {"share": LABEL | {"ratio": {"num": ["count"], "den": ["needed"]}}},
        "rules": {"TRY-W1": LABEL | {"severity": "W", "check": "count < 5", "fields": ["count"]}},
    },
    extra="forbid",
)


def body(**values: object) -> dict[str, Any]:
    return {
        "values": {"count": 1, "amount": "12.5", "needed": 7} | values,
        "lists": {"projects": []},
    }


def row(**columns: object) -> dict[str, object]:
    return {"code": "P1", "source": "A", "done": "10.5"} | columns


def problems(given: object) -> set[tuple[str, str]]:
    return {(found.pointer, found.code) for found in read(TEMPLATE, given).problems}


def with_rows(*rows: object) -> dict[str, Any]:
    return body() | {"lists": {"projects": list(rows)}}


def test_a_sound_body_has_no_problem_and_one_canonical_form() -> None:
    content, found = read(TEMPLATE, with_rows(row(code="P2"), row(done="7")))
    assert found == ()
    assert content.values == {"count": 1, "amount": "12.500", "needed": 7}
    assert content.lists["projects"] == (row(done="7.00"), row(code="P2", done="10.50"))


@pytest.mark.parametrize(
    "money",
    ["1.2345", "1,5", 1.5, "1e3", "-1", "１２", "1.", ".5", "", "1\n", 5, True, "123456789"],
)
def test_money_is_a_string_with_a_point_and_three_places(money: object) -> None:
    assert problems(body(amount=money)) == {("/values/amount", "money-format")}


def test_money_has_an_upper_bound() -> None:
    assert problems(body(amount="10000000")) == set()
    assert problems(body(amount="10000000.001")) == {("/values/amount", "money-range")}


@pytest.mark.parametrize("number", [True, 1.0, "1", [], {}])
def test_a_count_is_an_integer(number: object) -> None:
    assert problems(body(count=number)) == {("/values/count", "type")}


@pytest.mark.parametrize(("name", "number"), [("count", -1), ("count", 10**30), ("needed", 101)])
def test_a_count_has_bounds(name: str, number: int) -> None:
    assert problems(body(**{name: number})) == {(f"/values/{name}", "integer-range")}


def test_unknown_derived_and_missing_fields_are_named() -> None:
    given = body(other=1, share="50.00") | {"more": 1}
    del given["values"]["count"], given["lists"]["projects"]
    assert problems(given) == {
        ("/values/other", "unknown-field"),
        ("/values/share", "derived"),
        ("/more", "unknown-field"),
        ("/values/count", "missing"),
        ("/lists/projects", "missing"),
    }


def test_a_null_needs_a_gap_and_a_gap_a_null() -> None:
    assert problems(body(count=None)) == {("/values/count", "null-without-gap")}
    gap = {"reason": "no-data", "note": "sổ bị ướt"}
    explained = body(count=None) | {"gaps": {"/values/count": gap}}
    assert read(TEMPLATE, explained).problems == ()
    spare = body() | {"gaps": {"/values/count": gap}}
    assert problems(spare) == {("/gaps/~1values~1count", "gap-without-null")}
    vague = body(count=None) | {"gaps": {"/values/count": {"reason": "lazy"}}}
    assert problems(vague) == {("/gaps/~1values~1count", "unknown-gap-reason")}
    assert problems(body(needed=None)) == {("/values/needed", "null-not-allowed")}


def test_a_null_list_differs_from_the_nil_report() -> None:
    nil = read(TEMPLATE, body()).content
    unknown = body() | {
        "lists": {"projects": None},
        "gaps": {"/lists/projects": {"reason": "not-yet"}},
    }
    content, found = read(TEMPLATE, unknown)
    assert found == ()
    assert (nil.lists["projects"], content.lists["projects"]) == ((), None)
    assert nil.digest != content.digest


def test_rows_are_told_apart_by_their_key() -> None:
    assert problems(with_rows(row(), row(source="B"))) == set()
    assert problems(with_rows(row(), row())) == {("/lists/projects/P1|A", "duplicate-row-key")}
    assert problems(with_rows(row(code="P|1"))) == {("/lists/projects/P|1|A", "key-character")}
    assert ("/lists/projects/#1", "key-missing") in problems(with_rows(row(code=None)))
    assert problems(with_rows(*[row(code=f"P{n}") for n in range(4)])) == {
        ("/lists/projects", "too-many-rows")
    }


def test_a_pointer_escapes_the_key_of_its_row() -> None:
    assert problems(with_rows(row(code="P/1", done="x"))) == {
        ("/lists/projects/P~11|A/done", "percent-format")
    }


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"done": "101"}, "percent-range"),
        ({"done": "10.555"}, "percent-format"),
        ({"starts": "31/12/2025"}, "date-format"),
        ({"starts": "2025-02-30"}, "date-format"),
        ({"urgent": 1}, "type"),
    ],
)
def test_a_column_keeps_to_its_type(columns: dict[str, object], code: str) -> None:
    assert {found for _, found in problems(with_rows(row(**columns)))} == {code}


def test_an_unknown_enum_value_leaves_the_row_without_a_key() -> None:
    found = {code for _, code in problems(with_rows(row(source="Z")))}
    assert found == {"enum-value", "key-missing"}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("a\x00b", "text-character"),
        ("a\u001fb", "text-character"),
        ("\ud800", "text-character"),
        ("abcdef", "text-length"),
        (3, "type"),
    ],
)
def test_text_is_text(words: object, code: str) -> None:
    assert problems(body(words=words)) == {("/values/words", code)}


def test_text_in_either_normal_form_is_the_same_content() -> None:
    composed = read(TEMPLATE, body(words="Đủ đệ")).content
    decomposed = read(TEMPLATE, body(words=unicodedata.normalize("NFD", "Đủ đệ")))
    assert decomposed.problems == ()
    assert decomposed.content.digest == composed.digest


def test_the_same_money_in_two_writings_is_the_same_content() -> None:
    contents = [read(TEMPLATE, body(amount=amount)).content for amount in ("1.5", "1.500")]
    assert contents[0].digest == contents[1].digest


def test_empty_parts_do_not_change_the_digest() -> None:
    plain = read(TEMPLATE, body()).content
    empty = body() | {"gaps": {}, "explanations": None, "narrative": {"results": ""}}
    assert read(TEMPLATE, empty).content.digest == plain.digest
    assert Content.model_validate(plain.canonical()) == plain


def test_an_explanation_names_a_rule_and_a_narrative_its_part() -> None:
    given = body() | {
        "explanations": {"TRY-W1": "vì mưa", "TRY-W9#count": "?"},
        "narrative": {"results": "tốt", "mood": "vui"},
    }
    content, found = read(TEMPLATE, given)
    assert content.explanations == {"TRY-W1": "vì mưa"}
    assert {(p.pointer, p.code) for p in found} == {
        ("/explanations/TRY-W9#count", "unknown-rule"),
        ("/narrative/mood", "unknown-field"),
    }


def test_every_problem_speaks_both_languages() -> None:
    for found in read(TEMPLATE, {"values": {"amount": 1, "words": 3, "zz": 0}}).problems:
        assert isinstance(found, FieldProblem)
        assert found.message.vi != found.message.en


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["values", "lists", "gaps", "explanations"]), json_values))
def test_no_body_whatever_breaks_the_reader(given: dict[str, object]) -> None:
    content, found = read(TEMPLATE, given)
    assert found
    assert len(content.digest) == 64


@given(json_values)
def test_a_body_need_not_even_be_an_object(given: object) -> None:
    assert read(TEMPLATE, given).problems
