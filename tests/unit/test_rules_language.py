"""The rule language: what is bound how, what is left out, what goes wrong, what is said."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from contracts.content import Content
from contracts.decisions import MOST_FINDINGS
from contracts.period import Period
from contracts.rules import Facts, Outcome, derived_values, evaluate, faults
from contracts.template import Template
from tests.unit.sound_bodies import template

Parts = Mapping[str, Mapping[str, Any]]

FIELDS: dict[str, dict[str, Any]] = {
    "n": {"type": "int"},
    "m": {"type": "int"},
    "cash": {"type": "money"},
    "spent": {"type": "money"},
    "share": {"type": "percent"},
    "day": {"type": "date"},
    "kind": {"type": "enum", "values": {"A": {"vi": "Loại A", "en": "Kind A"}}},
    "why": {"type": "text", "optional": True},
    "done": {"type": "flag"},
}
COLUMNS: dict[str, dict[str, Any]] = {
    "code": {"type": "text"},
    "part": {"type": "text"},
    "name": {"type": "text", "once_per": "code"},
    "worth": {"type": "money", "once_per": "code"},
    "paid": {"type": "money"},
}
_NAMED = {"vi": "v", "en": "e"}


def form(rules: Parts, derived: Parts | None = None) -> Template:
    """A form with a field of every type, one list, and these rules."""
    named = {code: {**_NAMED, "severity": "E", **rule} for code, rule in rules.items()}
    columns = {name: _NAMED | column for name, column in COLUMNS.items()}
    parts = {
        "code": "TST",
        "groups": [],
        "fields": {name: _NAMED | {"vi": name.upper()} | one for name, one in FIELDS.items()},
        "lists": {"rows": _NAMED | {"key": ["code", "part"], "columns": columns}},
        "derived": {name: {**_NAMED, **made} for name, made in (derived or {}).items()},
        "rules": named,
    }
    return Template.model_validate(template("INN").model_dump() | parts)


def run(
    rules: Parts,
    values: dict[str, Any],
    before: dict[str, Any] | None = None,
    derived: Parts | None = None,
    **said: Any,  # noqa: ANN401 - parts of a content, and two switches
) -> Outcome:
    """The outcome for these values, in the last quarter unless ``period`` says otherwise."""
    period = Period.parse(said.pop("period", "2025-Q4"), "HC_15_14")
    correction = said.pop("correction", False)
    previous = None if before is None else Content.model_validate({"values": before})
    content = Content.model_validate({"values": values} | said)
    return evaluate(form(rules, derived), Facts(content, period, previous, correction))


def rows(*written: str) -> dict[str, Any]:
    """``code part name worth paid`` of each row."""
    made = [dict(zip(COLUMNS, line.split(), strict=True)) for line in written]
    return {"lists": {"rows": made}}


@pytest.mark.parametrize(
    ("check", "values", "holds"),
    [
        ("cash == spent + spent + spent", {"cash": "0.300", "spent": "0.100"}, True),
        ("cash == 1500", {"cash": "1.500"}, True),
        ("share <= 10000", {"share": "100.00"}, True),
        ("share < 10000", {"share": "100.00"}, False),
        ("day <= '2025-12-31'", {"day": "2025-12-31"}, True),
        ("kind == 'A'", {"kind": "A"}, True),
        ("chars(why) == 2", {"why": "Đỗ"}, True),
        ("abs(n - m) == 3", {"n": 1, "m": 4}, True),
        ("done", {"done": False}, False),
        ("done == (n > 0)", {"done": True, "n": 1}, True),
        ("first_of_year", {}, False),
        ("n * 1000000000 >= 0", {"n": 10**9}, True),
    ],
)
def test_values_are_exact(check: str, values: dict[str, Any], holds: bool) -> None:  # noqa: FBT001 - a column of the table
    outcome = run({"R": {"check": check}}, values)
    assert (outcome.returns is None, outcome.skipped) == (holds, ())


def test_a_missing_operand_leaves_a_rule_out_and_says_why() -> None:
    rules: Parts = {
        "NULL": {"check": "n <= m"},
        "WHEN": {"check": "n > 5", "when": "m > 0"},
        "OFF": {"check": "m > 0", "when": "n > 100"},
        "PREV": {"check": "n >= prev_n"},
        "EACH": {"check": "x >= prev_x", "each": ["n", "m"]},
    }
    outcome = run(rules, {"n": 3, "m": None})
    skipped = {(s.rule, s.reason, s.missing, s.times) for s in outcome.skipped}
    assert skipped == {
        ("NULL", "null-operand", ("m",), 1),
        ("WHEN", "null-operand", ("m",), 1),
        ("PREV", "no-previous", ("prev_n",), 1),
        ("EACH", "no-previous", ("prev_x",), 1),
        ("EACH", "null-operand", ("prev_x", "x"), 1),
    }
    assert (outcome.findings, outcome.clean) == ((), False)
    compared = run({"PREV": {"check": "n >= prev_n"}}, {"n": 3}, {"n": None})
    assert [(s.reason, s.uncompared) for s in compared.skipped] == [("null-operand", True)]
    assert run({"NULL": {"check": "n <= m"}}, {"n": 3, "m": None}).clean


def test_rows_are_joined_by_key_and_a_new_one_is_not_compared() -> None:
    rules: Parts = {"R": {"check": "paid >= prev_paid", "row": "rows", "fields": ["paid"]}}
    now = rows("A 1 x 5.000 2.000", "A 2 x 5.000 9.000", "B 1 y 1.000 1.000")["lists"]
    before = rows("A 2 x 5.000 1.000", "A 1 x 5.000 3.000")["lists"]
    facts = Facts(
        Content.model_validate({"lists": now}),
        Period.parse("2025-Q4", "HC_15_14"),
        Content.model_validate({"lists": before}),
    )
    outcome = evaluate(form(rules), facts)
    [finding] = outcome.findings
    assert (finding.row_key, finding.pointers) == ("A|1", ("/lists/rows/A|1/paid",))
    [skip] = outcome.skipped
    assert (skip.reason, skip.missing, skip.uncompared) == ("new-row", ("prev_paid",), True)


def test_rows_share_the_first_value_of_their_group() -> None:
    rules: Parts = {"R": {"check": "name == first_name", "row": "rows", "fields": ["name"]}}
    outcome = run(rules, {}, **rows("A 1 x 5.0 2.0", "A 2 z 5.0 1.0", "B 1 y 1.0 1.0"))
    assert [finding.row_key for finding in outcome.findings] == ["A|2"]


def test_a_list_without_rows_has_nothing_to_check_and_a_missing_one_is_left_out() -> None:
    rules: Parts = {"R": {"check": "paid > 0", "row": "rows"}}
    assert run(rules, {}, lists={"rows": []}) == Outcome()
    [skip] = run(rules, {}, lists={"rows": None}).skipped
    assert (skip.rule, skip.missing) == ("R", ("rows",))


def test_a_rule_that_fails_never_returns_the_report() -> None:
    rules: Parts = {
        "DIV": {"check": "n / m > 0", "fields": ["n"]},
        "OVER": {"check": "cash * cash >= 0"},
        "TYPE": {"check": "n"},
        "TEXT": {"check": "n > 0 &&"},
    }
    outcome = run(rules, {"n": 1, "m": 0, "cash": "9999999.999"})
    assert outcome.returns is None
    assert outcome.severities == {"system": 4}
    assert outcome.failed_rules == ("DIV", "OVER", "TYPE", "TEXT")
    assert outcome.findings[0].pointers == ("/values/n",)
    assert not outcome.clean


@pytest.mark.parametrize(
    ("said", "explanation", "returns"),
    [
        ({}, None, "explanation-missing"),
        ({"R": "Đ" * 19}, "Đ" * 19, "explanation-missing"),
        ({"R": " " * 30}, " " * 30, "explanation-missing"),
        ({"R": "Đ" * 20}, "Đ" * 20, None),
        ({"R#n": "Đ" * 20, "R": "x"}, "Đ" * 20, None),
        ({"R#m": "Đ" * 20}, None, "explanation-missing"),
    ],
)
def test_a_warning_passes_with_its_explanation(
    said: dict[str, str], explanation: str | None, returns: str | None
) -> None:
    rules: Parts = {"R": {"severity": "W", "explain": 20, "check": "x < 5", "each": ["n"]}}
    outcome = run(rules, {"n": 9}, explanations=said)
    assert (outcome.findings[0].explanation, outcome.returns) == (explanation, returns)


def test_info_and_plain_warnings_pass() -> None:
    rules: Parts = {
        "I": {"severity": "info", "check": "n < 5"},
        "W": {"severity": "W", "check": "n < 5"},
    }
    outcome = run(rules, {"n": 9})
    assert (outcome.returns, outcome.severities) == (None, {"W": 1, "info": 1})


def test_an_error_is_eased_for_a_correction_only() -> None:
    rules: Parts = {"R": {"check": "n < 5 || correction && n < 7", "severity_if_correction": "W"}}
    assert run(rules, {"n": 6}).returns == "rule-errors"
    assert run(rules, {"n": 6}, correction=True).findings == ()
    assert run(rules, {"n": 8}, correction=True).severities == {"W": 1}


def test_messages_say_values_as_people_write_them() -> None:
    message = "{label} {x} {cash} {share} {day} {kind} {done} {why} {rate} {prev_n} {who}"
    rules: Parts = {"R": {"check": "x < 0", "each": ["n"], "vi": message, "en": message}}
    values = {
        "n": 1234567,
        "cash": "1234567.890",
        "share": "7.50",
        "day": "2025-10-31",
        "kind": "A",
        "done": True,
        "spent": "3.000",
    }
    rate: Parts = {"rate": {"ratio": {"num": ["spent"], "den": ["cash"]}}}
    [finding] = run(rules, values, derived=rate).findings
    vi, en = finding.message.vi, finding.message.en
    assert vi == "N 1.234.567 1.234.567,89 7,50 31/10/2025 Loại A có – 0,00 – {who}"
    assert en == "e 1.234.567 1.234.567,89 7,50 31/10/2025 Kind A yes – 0,00 – {who}"
    assert finding.params == {
        "x": 1234567,
        "cash": "1234567.890",
        "share": "7.50",
        "day": "2025-10-31",
        "kind": "A",
        "done": 1,
        "why": None,
        "rate": "0.00",
        "prev_n": None,
    }


def test_so_many_findings_are_kept_the_gravest_first_and_the_others_counted() -> None:
    rules: Parts = {
        "W": {"severity": "W", "check": "paid > 1000", "row": "rows"},
        "E": {"check": "paid > 2000", "row": "rows", "when": "paid < 500"},
    }
    lines = [f"A{i} 1 x 1.000 0.{'600' if i else '400'}" for i in range(150)]
    outcome = run(rules, {}, **rows(*lines))
    assert [finding.rule for finding in outcome.findings[:2]] == ["E", "W"]
    assert (len(outcome.findings), outcome.findings_omitted) == (MOST_FINDINGS, 51)
    assert outcome.severities == {"E": 1, "W": 150}


def test_findings_leave_room_for_the_contents_in_an_event() -> None:
    rules: Parts = {"R": {"severity": "W", "check": "paid > 1000", "row": "rows", "explain": 5}}
    lines = [f"A{i} 1 x 1.000 0.600" for i in range(90)]
    outcome = run(rules, {}, explanations={"R": "Đ" * 2000}, **rows(*lines))
    kept = sum(len(finding.model_dump_json().encode()) for finding in outcome.findings)
    assert 30_000 < kept <= 40_000
    assert len(outcome.findings) + outcome.findings_omitted == 90
    assert (outcome.severities, outcome.returns) == ({"W": 90}, None)


def test_derived_figures_are_exact_and_usable_in_rules() -> None:
    derived: Parts = {
        "all_paid": {"sum": ["paid"]},
        "all_worth": {"sum": ["worth"]},
        "both": {"sum": ["n", "m"]},
        "codes": {"distinct": "rows.code", "prefix": 1},
        "lines": {"count": "rows"},
        "rate": {"ratio": {"num": ["n"], "den": ["m"]}},
    }
    rules: Parts = {
        "SUM": {"check": "all_paid == 300 && all_worth == 6000"},
        "COUNT": {"check": "codes == 2 && lines == 3 && both == 801"},
    }
    written = rows("A1 1 x 5.000 0.100", "A1 2 x 5.000 0.100", "B1 1 y 1.000 0.100")
    assert run(rules, {"n": 1, "m": 800}, derived=derived, **written).findings == ()
    content = Content.model_validate({"values": {"n": 1, "m": 800}} | written)
    made = derived_values(form(rules, derived), content)
    assert (made["rate"], made["both"], made["all_paid"]) == (Decimal("0.13"), 801, Decimal("0.3"))
    empty = derived_values(form(rules, derived), Content.model_validate({"values": {"n": 0}}))
    assert set(empty.values()) == {None}
    zero = Content.model_validate({"values": {"n": 0, "m": 0}, "lists": {"rows": []}})
    nothing = derived_values(form(rules, derived), zero)
    assert (nothing["rate"], nothing["lines"], nothing["all_paid"]) == (None, 0, Decimal(0))


def test_a_value_of_another_type_counts_as_missing() -> None:
    outcome = run({"R": {"check": "n <= cash"}}, {"n": "3", "cash": 4})
    assert outcome.skipped[0].missing == ("cash", "n")
    assert faults(form({"R": {"check": "n <= cash"}})) == ()
