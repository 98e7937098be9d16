"""Loading a template: a rule that cannot work is named, with the reason."""

from typing import Any

import pytest

from contracts.rules import faults
from tests.unit.sound_bodies import BODIES, template
from tests.unit.test_rules_language import Parts, form


@pytest.mark.parametrize("code", BODIES)
def test_the_shipped_templates_are_sound(code: str) -> None:
    assert faults(template(code)) == ()


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ({"check": "n <="}, "R: is not CEL"),
        ({"check": "n <= nothing"}, "R: unknown name nothing"),
        ({"check": "paid > 0"}, "R: unknown name paid"),
        ({"check": "x > 0"}, "R: unknown name x"),
        ({"check": "[n].all(each, each > 0)"}, "R: unknown name each"),
        ({"check": "n + 1"}, "fails on"),
        ({"check": "n > 'a'"}, "fails on"),
        ({"check": "m / n > 0"}, "division by zero"),
        ({"check": "cash * cash > 0"}, "overflow"),
        ({"check": "size_of(why) > 0"}, "fails on"),
        ({"check": "n == 'a'"}, "R: never holds"),
        ({"check": "n >= 0"}, "R: never breaks"),
        ({"check": "n > 0", "when": "n < 0"}, "R: never applies"),
        ({"check": "cash <= 2.5"}, "R: numbers are whole"),
        ({"check": "n > 3", "vi": "{nothing}"}, "unknown parameter {nothing}"),
        ({"check": "n > 3", "en": "{label}"}, "unknown parameter {label}"),
        ({"check": "n > 3", "explain": 20}, "only a warning can be explained"),
        ({"check": "n > 3", "severity": "F"}, "unknown severity"),
        ({"check": "x > 3", "each": ["n", "cash"]}, "of different types"),
        ({"check": "paid > 3", "row": "rows", "each": ["n"]}, "exclude one another"),
        ({"check": "paid > 3", "row": "cash"}, "row names no list"),
        (
            {"check": "n > 3", "severity": "W", "needs": {"field": "m", "min": 5}},
            "needs a text field",
        ),
    ],
)
def test_a_rule_that_cannot_work_is_named(rule: dict[str, Any], fault: str) -> None:
    found = faults(form({"R": rule}))
    assert any(fault in text for text in found), found


@pytest.mark.parametrize(
    "rule",
    [
        {"check": "n == 0 || m / n > 0"},
        {"check": "m / n > 0", "when": "n > 0"},
        {"check": "why != '0.5' && n > 3"},
        {"check": "paid >= prev_paid && n >= prev_n", "row": "rows"},
        {"check": "worth == first_worth", "row": "rows"},
        {"check": "x <= 3 * prev_x || first_of_year", "each": ["n", "m"], "vi": "{label} {x}"},
        {"check": "n > 3", "vi": "{prev_m} {rate}"},
    ],
)
def test_a_rule_that_works_passes(rule: dict[str, Any]) -> None:
    assert faults(form({"R": rule}, {"rate": {"ratio": {"num": ["n"], "den": ["m"]}}})) == ()


def test_figures_and_names_are_checked_too() -> None:
    mixed: Parts = {
        "both": {"sum": ["n", "cash"]},
        "far": {"sum": ["cash", "paid"]},
        "prev_n": {"count": "rows"},
        "rows_": {"ratio": {"num": ["n"], "den": ["rows"]}},
    }
    assert faults(form({}, mixed)) == (
        "prev_n: the name is reserved",
        "both: its operands are of different types",
        "far: its operands stand in different places",
        "rows_: its operands are not all fields",
    )
