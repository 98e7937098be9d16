"""The worked examples of the report format, with their numbers: what concerns form and rules."""

import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.catalogue import WardDefined
from contracts.period import Period, PeriodError
from contracts.rules import derived_values
from contracts.structure import read
from tests.unit.sound_bodies import body, content, firm, found, judged, project, template

NO_PROJECTS: dict[str, Any] = {"lists": {"projects": []}}


def test_2_a_null_operand_leaves_the_rule_out() -> None:
    written = body("DXT", {"dxt01": 300, "dxt02": None})
    written["gaps"] = {"/values/dxt02": {"reason": "no-data"}}
    outcome = judged("DXT", written)
    assert "DXT-E1" not in found(outcome)
    skipped = {skip.rule: skip for skip in outcome.skipped}
    assert skipped["DXT-E1"].missing == ("dxt02",)
    assert derived_values(template("DXT"), content("DXT", written))["dxt15a"] is None


@pytest.mark.parametrize(
    ("whole", "recurrent", "investment", "broken"),
    [
        ("0.300", "0.100", "0.200", set()),
        ("100.000", "60.000", "39.999", set()),
        ("100.000", "60.000", "39.998", {"FIN-E1"}),
    ],
)
def test_3_money_adds_up_exactly(
    whole: str, recurrent: str, investment: str, broken: set[str]
) -> None:
    amounts = {"fin02": whole, "fin03": recurrent, "fin04": investment}
    outcome = judged("FIN", body("FIN", amounts | {"fin05": whole, "fin06": "0", "fin07": "0"}))
    assert found(outcome) == broken


def test_3_money_of_a_row_adds_up_exactly() -> None:
    rows = [project("DA1", "NSTP", "1", "0.100", "0.700", "0.100", "0.800")]
    assert judged("PIP", {"lists": {"projects": rows}}).findings == ()


@pytest.mark.parametrize("amount", ["1.2345", "1,5", 1.5, "1e3", "-1"])
def test_3_what_is_not_money_is_refused(amount: object) -> None:
    problems = read(template("FIN"), body("FIN", {"fin02": amount})).problems
    assert [(one.pointer, one.code) for one in problems] == [("/values/fin02", "money-format")]


WARD_1 = [
    project("DA1", "NSTP", "5000", "1000", "200", "300", "450"),
    project("DA1", "NSX", "5000", "100", "0", "50.5", "60"),
]
WARD_2 = [project("DA2", "NSTP", "800", "500", "0", "125.125", "200")]


@pytest.mark.parametrize(
    ("rows", "projects", "rows_", "rate"),
    [
        (WARD_1, 1, 2, Decimal("26.96")),
        (WARD_2, 1, 1, Decimal("25.03")),
        (WARD_1 + WARD_2, 2, 3, Decimal("26.42")),
        ([], 0, 0, None),
    ],
)
def test_5_lists_are_sound_and_a_project_of_two_sources_is_one(
    rows: list[dict[str, Any]], projects: int, rows_: int, rate: Decimal | None
) -> None:
    written = {"lists": {"projects": rows}}
    assert judged("PIP", written).findings == ()
    made = derived_values(template("PIP"), content("PIP", written))
    assert made == {"pip00": projects, "pip14": rows_, "pip10": rate}


@pytest.mark.parametrize(
    ("code", "named", "starts", "ends"),
    [
        ("DXT", "2025-10", date(2025, 9, 15), date(2025, 10, 14)),
        ("DXT", "2026-01", date(2025, 12, 15), date(2026, 1, 14)),
        ("IP", "2025-H2", date(2025, 6, 15), date(2025, 12, 14)),
        ("PIP", "2026-01", date(2026, 1, 1), date(2026, 1, 31)),
    ],
)
def test_7_first_and_last_days(code: str, named: str, starts: date, ends: date) -> None:
    form = template(code)
    period = Period.parse(named, form.scheme)
    assert (period.starts_on, period.ends_on) == (starts, ends)
    assert period.frequency in form.frequencies
    assert period.ends_on >= form.valid_from


def test_7_the_plan_year_is_open_in_july_of_the_year_before() -> None:
    period = Period.parse("2026", template("EST").scheme)
    assert period.opens_on <= date(2025, 7, 1)
    assert period.frequency in template("EST").frequencies


@pytest.mark.parametrize("named", ["2025-13", "2025-q3", "２０２５-10", "2025-10\n", "2025-D01"])
def test_7_what_is_no_period_is_refused(named: str) -> None:
    for code in ("DXT", "FIN"):
        with pytest.raises(PeriodError):
            Period.parse(named, template(code).scheme)


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("DXT", "2025-06"),
        ("DXT", "2025-Q4"),
        ("FIN", "2025-10"),
        ("FIN", "2025-H2"),
        ("IP", "2025-H1"),
        ("IP", "2025-Q4"),
        ("HIT", "2025-9M"),
        ("PIP", "2025-Q4"),
        ("INN", "2025"),
    ],
)
def test_7_periods_that_a_template_does_not_take(code: str, named: str) -> None:
    form = template(code)
    period = Period.parse(named, form.scheme)
    assert period.frequency not in form.frequencies or period.ends_on < form.valid_from


def test_7_a_quarter_of_a_plan_year_is_no_period() -> None:
    with pytest.raises(PeriodError):
        Period.parse("2026-Q1", template("EST").scheme)


def test_7_ward_4_without_its_zeros_is_refused() -> None:
    with pytest.raises(ValidationError):
        WardDefined(code="4", version=1, name="", kind="", sort_key="", valid_from=date(2025, 7, 1))


def disbursed(before: str, estimate: str) -> dict[str, Any]:
    return {"lists": {"projects": [project("DA1", "NSTP", "5000", "1000", "0", before, estimate)]}}


def test_8_january_starts_again() -> None:
    december, january = disbursed("900", "1000"), disbursed("0", "20")
    assert judged("PIP", january, before=december, period="2026-01").findings == ()


def test_8_twenty_percent_off_the_estimate_is_taken_and_more_is_explained() -> None:
    january = disbursed("0", "20")
    exact = judged("PIP", disbursed("24", "50"), before=january, period="2026-02")
    assert exact.findings == ()
    off = disbursed("26", "50")
    unexplained = judged("PIP", off, before=january, period="2026-02")
    assert (found(unexplained), unexplained.returns) == ({"PIP-W1"}, "explanation-missing")
    assert unexplained.findings[0].pointers == ("/lists/projects/DA1|NSTP/pip08",)


@pytest.mark.parametrize(("characters", "returned"), [(19, "explanation-missing"), (20, None)])
def test_8_twenty_characters_explain_it(characters: int, returned: str | None) -> None:
    off = disbursed("26", "50") | {"explanations": {"PIP-W1#DA1|NSTP": "Đ" * characters}}
    outcome = judged("PIP", off, before=disbursed("0", "20"), period="2026-02")
    assert outcome.returns == returned
    assert outcome.findings[0].explanation == "Đ" * characters


def test_8_what_is_disbursed_falls_only_against_a_report_that_counts() -> None:
    march, february = disbursed("23", "40"), disbursed("24", "25")
    late = judged("PIP", march, before=february, period="2026-03")
    assert (found(late), late.returns) == ({"PIP-E3"}, "rule-errors")
    early = judged("PIP", march, period="2026-03")
    assert (early.findings, early.clean) == ((), False)
    assert {skip.rule for skip in early.skipped} == {"PIP-E3", "PIP-W1"}


def planned(investment: str, grounds: str | None = None) -> dict[str, Any]:
    rest = f"{Decimal(investment) + 900 - 800:.3f}"
    written = body("EST", {"est03": "900", "est04": investment, "est10": rest})
    return (
        written if grounds is None else written | {"values": written["values"] | {"est14": grounds}}
    )


@pytest.mark.parametrize(
    ("investment", "grounds", "broken", "returned"),
    [
        ("600", None, set(), None),
        ("600.001", None, {"EST-W2"}, "explanation-missing"),
        ("600.001", "Đ" * 49, {"EST-W2"}, "explanation-missing"),
        ("600.001", "Đ" * 50, {"EST-W2"}, None),
        ("600.001", unicodedata.normalize("NFD", "Ế" * 50), {"EST-W2"}, None),
        ("600.001", unicodedata.normalize("NFD", "Ế" * 49), {"EST-W2"}, "explanation-missing"),
    ],
)
def test_9_a_jump_of_more_than_half_needs_fifty_characters(
    investment: str, grounds: str | None, broken: set[str], returned: str | None
) -> None:
    outcome = judged("EST", planned(investment, grounds))
    assert (found(outcome), outcome.returns) == (broken, returned)


def test_9_a_derived_figure_is_not_taken() -> None:
    problems = read(template("EST"), body("EST", {"est11": "1500"})).problems
    assert [(one.pointer, one.code) for one in problems] == [("/values/est11", "derived")]


FIRMS_A = [firm("0300000001", "hi_tech", "digital"), firm("0300000002", "digital")]
FIRMS_B = [firm("0300000001-001", "hi_tech")]


def high_tech(firms: list[dict[str, Any]], hi_tech: int, digital: int) -> dict[str, Any]:
    written = body("HIT", {"hit01": hi_tech, "hit02": 0, "hit03": digital})
    return written | {"lists": {"firms": firms}}


@pytest.mark.parametrize(
    ("firms", "hi_tech", "digital", "distinct"),
    [(FIRMS_A, 1, 2, (2, 1)), (FIRMS_B, 1, 0, (1, 1)), (FIRMS_A + FIRMS_B, 2, 2, (2, 1))],
)
def test_10_counts_equal_the_list_and_a_branch_is_its_head_office(
    firms: list[dict[str, Any]], hi_tech: int, digital: int, distinct: tuple[int, int]
) -> None:
    written = high_tech(firms, hi_tech, digital)
    assert judged("HIT", written).findings == ()
    made = derived_values(template("HIT"), content("HIT", written))
    assert (made["hit16"], made["hit17"]) == distinct


def test_10_twelve_digits_are_a_personal_number() -> None:
    problems = read(template("HIT"), high_tech([firm("079200000001", "st")], 0, 0)).problems
    refused = next(one for one in problems if one.code == "text-pattern")
    assert refused.pointer == "/lists/firms/#1/tax_code"
    assert "12 chữ số" in refused.message.vi


def test_a_correction_of_a_cumulative_amount_is_explained_instead_of_refused() -> None:
    lower, before = body("FIN", {"fin09": "149"}), body("FIN")
    assert judged("FIN", lower, before=before).returns == "rule-errors"
    eased = judged("FIN", lower, before=before, correction=True)
    assert (eased.severities, eased.returns) == ({"W": 1}, "explanation-missing")
    lower["explanations"] = {"FIN-E5": "Điều chỉnh theo quyết toán."}
    assert judged("FIN", lower, before=before, correction=True).returns is None


def test_a_message_says_the_numbers_as_people_write_them() -> None:
    written = body("FIN", {"fin08": "1234567.89", "fin09": "1234567.9"})
    vi = judged("FIN", written).findings[0].message.vi
    assert "1.234.567,9" in vi
    assert "1.234.567,89" in vi
