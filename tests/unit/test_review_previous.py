"""Which report the rules compare with: that of the period before, where there is one."""

from contracts import reports
from contracts.period import Period
from contracts.template import Template
from services.validation.rules.domain import previous_id
from tests.builders import template


def without_comparisons() -> Template:
    whole = template("FIN")
    rules = {code: rule for code, rule in whole.rules.items() if "prev_" not in rule.check}
    return whole.model_copy(update={"rules": rules, "version": 99})


def test_it_is_the_same_wards_report_for_the_period_before() -> None:
    quarter = Period.parse("2026-Q1", template("FIN").scheme)

    before = previous_id("26734", template("FIN"), quarter)

    assert before == reports.report_id("26734", "FIN", "2025-Q4")


def test_the_first_period_that_has_a_code_has_none_before_it() -> None:
    first = Period.parse("2000-01", template("DXT").scheme)

    assert previous_id("26734", template("DXT"), first) is None


def test_rules_that_do_not_look_back_are_compared_with_nothing() -> None:
    quarter = Period.parse("2026-Q1", template("FIN").scheme)

    assert previous_id("26734", without_comparisons(), quarter) is None
