"""What one report adds to the figures."""

import json
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.content import Content, Gap
from contracts.template import Template
from services.aggregation.contributions import facts, measures
from services.aggregation.contributions.domain import Amount, Contribution, Tally, Token
from services.aggregation.contributions.measures import Misfit, Place
from services.aggregation.contributions.plan import NUMBER
from services.aggregation.contributions.plans import plan
from tests.builders import content, template

PIP_ROWS = [
    {"pip01": "DA1", "pip04": "NSTP", "pip03": "CDS", "pip05": "5000.000", "pip06": "1000.000"}
    | {"pip07": "200.000", "pip08": "300.000", "pip09": "450.000"},
    {"pip01": "DA1", "pip04": "NSX", "pip03": "CDS", "pip05": "5000.000", "pip06": "100.000"}
    | {"pip07": "0.000", "pip08": "50.500", "pip09": "60.000"},
]


def contribution(form: Template, body: Content) -> Contribution:
    return plan(form).contribution(body)


def amount(found: Contribution, code: str, breakdown: str = "") -> Amount:
    [one] = [a for a in found.amounts if (a.code, a.breakdown) == (code, breakdown)]
    return one


def test_a_value_adds_itself_and_a_ratio_adds_both_its_sides() -> None:
    found = contribution(template("DXT"), content({"dxt01": 100, "dxt02": 50}))

    assert amount(found, "dxt01") == Amount("dxt01", "", Decimal(100))
    assert amount(found, "dxt15a") == Amount("dxt15a", "", Decimal(50), Decimal(100))


def test_a_missing_value_is_null_and_so_is_every_ratio_that_needs_it() -> None:
    found = contribution(template("DXT"), content({"dxt01": 300, "dxt02": None}))

    assert amount(found, "dxt01").numerator == 300
    assert {("dxt02", ""), ("dxt15a", "")} <= set(found.nulls)


def test_money_adds_up_without_a_binary_fraction() -> None:
    parts = {"est03": "0.100", "est04": "0.200"}

    assert amount(contribution(template("EST"), content(parts)), "est11").numerator == Decimal(
        "0.300"
    )


def test_a_sum_with_a_missing_part_is_null() -> None:
    found = contribution(template("EST"), content({"est03": "1.000", "est04": None}))

    assert ("est11", "") in found.nulls
    assert ("est13", "") in found.nulls


def test_the_columns_of_a_list_add_up_whole_and_by_category() -> None:
    found = contribution(template("PIP"), content(lists={"projects": PIP_ROWS}))

    assert amount(found, "pip08").numerator == Decimal("350.500")
    assert amount(found, "pip08", "pip04=NSX").numerator == Decimal("50.500")
    assert amount(found, "pip10", "pip04=NSTP") == Amount(
        "pip10", "pip04=NSTP", Decimal("300.000"), Decimal("1200.000")
    )
    assert amount(found, "pip14").numerator == 2


def test_an_amount_shared_by_rows_is_added_once_for_them() -> None:
    found = contribution(template("PIP"), content(lists={"projects": PIP_ROWS}))

    assert amount(found, "pip05").numerator == Decimal("5000.000")
    assert amount(found, "pip05", "pip04=NSX").numerator == Decimal("5000.000")


def test_the_nil_report_says_zero_and_a_null_list_says_nothing() -> None:
    nil = contribution(template("PIP"), content(lists={"projects": []}))
    nothing = contribution(template("PIP"), content(lists={"projects": None}))

    assert amount(nil, "pip08").numerator == 0
    assert (nil.nulls, nil.tokens) == ((), ())
    assert ([*nothing.amounts], nothing.tokens) == ([], ())
    assert {("pip08", ""), ("pip08", "pip04=NSTP"), ("pip00", "")} <= set(nothing.nulls)


def test_a_ratio_over_rows_takes_both_sides_from_the_same_rows() -> None:
    rows = [PIP_ROWS[0], PIP_ROWS[1] | {"pip08": None}]

    found = contribution(template("PIP"), content(lists={"projects": rows}))

    assert amount(found, "pip08").numerator == Decimal("300.000")
    assert amount(found, "pip06").numerator == Decimal("1100.000")
    assert amount(found, "pip10") == Amount("pip10", "", Decimal("300.000"), Decimal("1200.000"))
    assert ("pip08", "pip04=NSX") in found.nulls


def test_firms_are_told_apart_by_the_first_ten_digits() -> None:
    marks = {"hi_tech": True, "st": False, "digital": False}
    firms = [
        {"tax_code": "0300000001", "name": "A"} | marks,
        {"tax_code": "0300000001-001", "name": "A, chi nhánh"} | marks,
        {"tax_code": "0300000002", "name": "B"} | marks | {"hi_tech": False, "digital": True},
    ]

    found = contribution(template("HIT"), content(lists={"firms": firms}))

    assert [token for token in found.tokens if token.code == "hit17"] == [
        Token("hit17", "", "0300000001")
    ]
    assert len([token for token in found.tokens if token.code == "hit16"]) == 2
    assert amount(found, "hit13").numerator == 2


@pytest.mark.parametrize("value", ["NaN", "1e3", "-1", "1,5", "١", 1.5, True, -5, 10**30, "1.0000"])
def test_what_is_no_number_of_ours_is_refused(value: str | float) -> None:
    broken = Content.model_construct(values={"dxt01": value})  # type: ignore[dict-item] # meant

    with pytest.raises(Misfit):
        contribution(template("DXT"), broken)


def test_figures_stand_in_the_order_of_the_form() -> None:
    codes = [measure.code for measure in measures.of(template("INN"))]

    assert codes[:3] == ["inn14", "inn01", "inn02"]
    assert codes.index("inn13") == codes.index("inn07") + 1
    assert len(codes) == len(set(codes)) == len(template("INN").fields) + 1


def a_template(**derived: object) -> Template:
    parts = template("EST").model_dump(mode="json")
    return Template.model_validate(parts | {"derived": parts["derived"] | derived})


def test_sums_of_sums_are_written_out() -> None:
    twice = {"vi": "", "en": "", "sum": ["est11", "est05"]}

    [measure] = [m for m in measures.of(a_template(est90=twice)) if m.code == "est90"]

    assert measure.operands == ("est03", "est04", "est05")


def test_a_figure_made_of_a_ratio_is_refused() -> None:
    crooked = {"vi": "", "en": "", "sum": ["est13", "est05"]}

    with pytest.raises(Misfit, match="est13"):
        measures.of(a_template(est90=crooked))


def test_a_ratio_of_a_list_to_a_field_takes_the_total_of_the_whole_list() -> None:
    parts = template("HIT").model_dump(mode="json")
    shares = {"type": "int", "kind": "stock", "vi": "Vốn", "en": "Shares"}
    parts["lists"]["firms"]["columns"]["shares"] = shares
    each = {"vi": "", "en": "", "ratio": {"num": ["shares"], "den": ["hit04"]}}
    form = Template.model_validate(parts | {"derived": parts["derived"] | {"hit90": each}})
    firms = [{"tax_code": f"030000000{n}", "shares": n} for n in (1, 2)]

    whole = contribution(form, content({"hit04": 4}, {"firms": firms}))
    holed = contribution(form, content({"hit04": 4}, {"firms": [*firms, {"tax_code": "x"}]}))
    nothing = contribution(form, content({"hit04": 4}, {"firms": None}))

    assert amount(whole, "hit90") == Amount("hit90", "", Decimal(3), Decimal(4))
    assert ("hit90", "") in holed.nulls
    assert ("hit90", "") in nothing.nulls


numbers = st.none() | st.integers(0, 10**12 - 1) | st.from_regex(NUMBER, fullmatch=True)
forms = st.fixed_dictionaries({}, optional={f"est{n:02}": numbers for n in range(1, 11)})


@given(st.lists(st.tuples(forms, st.sampled_from([1, -1])), max_size=6))
def test_many_reports_add_up_to_what_each_of_them_adds(
    drawn: list[tuple[dict[str, Any], int]],
) -> None:
    tally = Tally()
    by_hand: dict[Place, list[Decimal]] = defaultdict(lambda: [Decimal(), Decimal()])
    for values, sign in drawn:
        found = contribution(template("EST"), Content(values=values))
        tally.add(found, sign)
        for each in found.amounts:
            by_hand[each.code, each.breakdown][0] += sign * each.numerator
            by_hand[each.code, each.breakdown][1] += sign * (each.denominator or 0)

    said = {at: sides for at, sides in tally.sums.items() if any(sides)}
    assert said == {at: tuple(sides) for at, sides in by_hand.items() if any(sides)}


@given(forms)
def test_every_figure_of_a_form_is_an_amount_or_a_null(values: dict[str, Any]) -> None:
    form = template("EST")
    found = contribution(form, Content(values=values))

    for measure in measures.of(form):
        sides = [values.get(name) for name in measure.operands]
        if None in sides:
            assert (measure.code, "") in found.nulls
            continue
        over = sum((Decimal(values[name]) for name in measure.numerators), Decimal())
        under = sum((Decimal(values[name]) for name in measure.denominators), Decimal())
        told = amount(found, measure.code)
        assert (told.numerator, told.denominator or Decimal()) == (over, under)
    assert len({*found.nulls}) == len(found.nulls)


@pytest.mark.parametrize(
    "value", ["1 2", "", " 1", "1\n", "1.", ".5", "1_000", "+1", True, -1, 1.5]
)
def test_one_field_that_is_no_number_among_others_is_refused(value: object) -> None:
    values: dict[str, Any] = dict.fromkeys(template("EST").fields, "1.000")
    values["est03"] = value

    with pytest.raises(Misfit):
        contribution(template("EST"), Content.model_construct(values=values))


@given(
    st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text()),
    st.dictionaries(st.text(), st.none() | st.tuples(st.dictionaries(st.text(), st.text()))),
    st.dictionaries(st.text(), st.builds(Gap, reason=st.text(), note=st.none() | st.text())),
)
def test_what_is_kept_of_a_content_is_what_it_says(
    values: dict[str, Any], lists: dict[str, Any], gaps: dict[str, Gap]
) -> None:
    body = Content(values=values, lists=lists, gaps=gaps)

    kept = json.loads(facts.body(body))
    assert kept == json.loads(body.model_dump_json(include={"values", "lists", "gaps"}))
