"""Sound reports are told by one condition: it must never say other than the rules one by one."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contracts.rules import Outcome, rulebook
from tests.unit.test_rules_language import form, run

BREAKS = {"check": "1 > 2", "severity": "info"}
"""With it the rules must be asked one by one."""

RULES = (
    {"check": "n <= m"},
    {"check": "n <= m // and a remark"},
    {"check": "n == 1 || m == 1", "severity": "W"},
    {"check": "m >= 0", "when": "n > 0"},
    {"check": "1 / n >= 0"},
    {"check": "m == 7", "when": "10 / n > 2 // a remark"},
    {"check": "n + m"},
    {"check": "true", "when": "n"},
    {"check": "n * 9223372036854775807 >= 0"},
    {"check": "chars(why) > n"},
    {"check": "kind == 'A'"},
    {"check": "m >= prev_m"},
    {"check": "x >= 0", "each": ["n", "m"]},
    {"check": "unknown == n"},
    {"check": ") && ("},
    {"check": "correction || n < 3"},
)
"""Some hold or not, some end in an error, some are no condition at all."""

chosen = st.lists(st.sampled_from(RULES), max_size=6).map(
    lambda rules: {f"R{number}": rule for number, rule in enumerate(rules)}
)
counts = st.none() | st.integers(-1, 8)
contents = st.fixed_dictionaries(
    {"n": counts, "m": counts, "why": st.sampled_from([None, "", "vì sao"]), "kind": st.just("A")}
)


@given(chosen, contents, st.none() | contents, st.booleans())
def test_asked_at_once_rules_say_what_each_of_them_says(
    rules: dict[str, dict[str, Any]],
    values: dict[str, Any],
    before: dict[str, Any] | None,
    correction: bool,  # noqa: FBT001 - drawn
) -> None:
    at_once = run(rules, values, before, correction=correction)
    one_by_one = run({**rules, "BREAKS": BREAKS}, values, before, correction=correction)

    assert at_once == without("BREAKS", one_by_one)


def without(rule: str, outcome: Outcome) -> Outcome:
    findings = tuple(finding for finding in outcome.findings if finding.rule != rule)
    severities = outcome.severities | {"info": outcome.severities["info"] - 1}
    counted = {severity: number for severity, number in severities.items() if number}
    return outcome.model_copy(update={"findings": findings, "severities": counted})


def test_only_rules_that_name_the_period_before_look_back() -> None:
    alone: dict[str, dict[str, Any]] = {
        "A": {"check": "n > m"},
        "B": {"check": "x > 0", "each": ["n"]},
    }
    operand, condition = {"check": "n > prev_n"}, {"check": "n > 0", "when": "prev_m > 0"}
    said, field = {"check": "n > 0", "vi": "{prev_n}"}, {"check": "x > prev_x", "each": ["n"]}

    assert not rulebook(form(alone)).looks_back
    for rule in (operand, condition, said, field):
        assert rulebook(form({**alone, "C": rule})).looks_back
