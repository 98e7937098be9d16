"""The demo's own sum gives the numbers of the worked examples."""

from decimal import Decimal
from functools import cache
from typing import Any

import pytest
import yaml

from contracts.template import Template
from deploy.demo.tally import Sum, percent, tally
from services.submission.catalogue import make_wards

KINDS = {"A": "phuong", "B": "xa", "C": "phuong"}


@cache
def template(code: str) -> dict[str, Any]:
    path = make_wards.WARDS.parent / "templates" / f"{code.lower()}.yaml"
    read = Template.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    return read.model_dump(mode="json")


def body(**values: object) -> dict[str, Any]:
    return {"values": values, "lists": {}}


def figure(code: str, name: str, counted: dict[str, Any], category: str = "") -> Sum:
    return tally(template(code), counted, KINDS)[name, category]


def value(code: str, name: str, counted: dict[str, Any], category: str = "") -> str | None:
    found = figure(code, name, counted, category).value
    return None if found is None else str(found)


def test_a_ratio_is_of_the_city_and_no_mean_of_ratios() -> None:
    counted = {"A": body(dxt01=1, dxt02=1), "B": body(dxt01=100, dxt02=50)}
    found = figure("DXT", "dxt15a", counted)
    assert str(found.value) == "50.50"
    assert (found.numerator, found.denominator) == (Decimal(51), Decimal(101))
    assert (found.counted, found.kinds) == (2, {"phuong": 1, "xa": 1})


@pytest.mark.parametrize(
    ("online", "all_of_them", "expected"),
    [(1, 800, "0.13"), (0, 0, None), (0, 5, "0.00"), (2, 3, "66.67")],
)
def test_a_ratio_is_rounded_half_up_at_the_end(
    online: int, all_of_them: int, expected: str | None
) -> None:
    assert value("DXT", "dxt15a", {"A": body(dxt01=all_of_them, dxt02=online)}) == expected


def test_halves_of_money_are_rounded_up_too() -> None:
    assert percent(Decimal("0.125"), Decimal(100)) == Decimal("0.13")
    assert percent(Decimal("425.125"), Decimal(1700)) == Decimal("25.01")


def test_a_missing_value_is_neither_zero_nor_in_the_ratio() -> None:
    counted = {
        "A": body(dxt01=1, dxt02=1),
        "B": body(dxt01=100, dxt02=50),
        "C": body(dxt01=300, dxt02=None),
    }
    everyone = figure("DXT", "dxt01", counted)
    online = figure("DXT", "dxt02", counted)
    ratio = figure("DXT", "dxt15a", counted)
    assert (everyone.value, everyone.counted, everyone.null) == (Decimal(401), 3, 0)
    assert (online.value, online.counted, online.null) == (Decimal(51), 2, 1)
    assert (str(ratio.value), ratio.counted, ratio.null) == ("50.50", 2, 1)


def row(**cells: str) -> dict[str, str]:
    return {"pip02": "Dự án", "pip03": "CDS"} | cells


PROJECTS = {
    "A": {
        "values": {},
        "lists": {
            "projects": [
                row(pip01="DA1", pip04="NSTP", pip05="5000.000", pip06="1000", pip07="200")
                | {"pip08": "300.000", "pip09": "450"},
                row(pip01="DA1", pip04="NSX", pip05="5000.000", pip06="100", pip07="0")
                | {"pip08": "50.500", "pip09": "60"},
            ]
        },
    },
    "B": {
        "values": {},
        "lists": {
            "projects": [
                row(pip01="DA2", pip04="NSTP", pip05="800", pip06="500", pip07="0")
                | {"pip08": "125.125", "pip09": "200"},
            ]
        },
    },
    "C": {"values": {}, "lists": {"projects": []}},
}


@pytest.mark.parametrize(
    ("code", "category", "expected"),
    [
        ("pip08", "pip04=NSTP", "425.125"),
        ("pip10", "pip04=NSTP", "25.01"),
        ("pip10", "pip04=NSX", "50.50"),
        ("pip08", "", "475.625"),
        ("pip10", "", "26.42"),
        ("pip00", "", "2"),
        ("pip14", "", "3"),
        ("pip05", "", "5800.000"),
        ("pip05", "pip04=NSX", "5000.000"),
        ("pip08", "pip04=NSTW", "0"),
        ("pip10", "pip04=NSTW", None),
        ("pip00", "pip03=CDS", "2"),
    ],
)
def test_a_list_is_added_up_whole_and_by_category(
    code: str, category: str, expected: str | None
) -> None:
    found = figure("PIP", code, PROJECTS, category)
    assert found.value == (None if expected is None else Decimal(expected))
    assert (found.counted, found.null) == (3, 0)


def test_progress_in_percent_is_added_up_nowhere() -> None:
    assert "pip11" not in {code for code, _ in tally(template("PIP"), {}, KINDS)}


def test_a_list_that_is_missing_says_nothing_and_an_empty_one_says_zero() -> None:
    silent = {"values": {}, "lists": {"projects": None}}
    found = figure("PIP", "pip08", {"A": PROJECTS["C"], "B": silent})
    assert (found.value, found.counted, found.null) == (Decimal(0), 1, 1)


def firm(tax_code: str, *, hi_tech: bool, digital: bool) -> dict[str, Any]:
    return {"tax_code": tax_code, "hi_tech": hi_tech, "st": False, "digital": digital}


FIRMS = {
    "A": {
        "values": {"hit01": 1},
        "lists": {
            "firms": [
                firm("0300000001", hi_tech=True, digital=True),
                firm("0300000002", hi_tech=False, digital=True),
            ]
        },
    },
    "B": {
        "values": {"hit01": 1},
        "lists": {"firms": [firm("0300000001-001", hi_tech=True, digital=False)]},
    },
}


def test_a_firm_is_counted_once_in_the_whole_city() -> None:
    codes = ("hit01", "hit13", "hit17", "hit16")
    assert [value("HIT", code, FIRMS) for code in codes] == ["2", "2", "1", "2"]
    revoked = {"B": FIRMS["B"]}
    assert [value("HIT", code, revoked) for code in codes] == ["1", "1", "1", "1"]


def test_a_sum_of_fields_and_a_ratio_of_such_a_sum() -> None:
    counted = {"A": body(est03="900", est04="600.001", est12="50000")}
    assert value("EST", "est11", counted) == "1500.001"
    assert value("EST", "est13", counted) == "3.00"


def test_over_nobody_every_figure_is_null() -> None:
    found = tally(template("FIN"), {}, KINDS)
    assert {one.value for one in found.values()} == {None}
    assert {one.counted for one in found.values()} == {0}
