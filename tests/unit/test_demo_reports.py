"""Made-up reports of the demo: sound under every rule, period after period, and marked."""

from collections.abc import Iterator
from functools import cache

import pytest
import yaml

from contracts.content import Content
from contracts.period import Period
from contracts.rules import Facts, evaluate
from contracts.structure import read
from contracts.template import Template
from deploy.demo.mistakes import broken, explained, surprising
from deploy.demo.reports import BEGINNING, MARK, sound_report
from deploy.demo.scene import Ward
from services.submission.catalogue import make_wards

WARDS = [Ward(line["code"], line["name"], line["kind"]) for line in make_wards.lines()]
COURSES = {
    "FIN": ("2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3"),
    "IP": ("2025-H2", "2026-H1", "2026-H2"),
    "HIT": ("2025-H2", "2026-H1"),
    "PIP": ("2025-07", "2025-08", "2025-12", "2026-01", "2026-02", "2026-03", "2026-11"),
    "EST": ("2026", "2027"),
    "INN": ("2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"),
    "DXT": ("2025-07", "2025-08", "2025-09", "2025-10", "2026-01", "2026-02"),
}
YEARLY = {"FIN": ("2025", "2026"), "IP": ("2025", "2026"), "HIT": ("2025", "2026")}
CASES = [(code, one) for part in (COURSES, YEARLY) for code, many in part.items() for one in many]


@cache
def template(code: str) -> Template:
    path = make_wards.WARDS.parent / "templates" / f"{code.lower()}.yaml"
    return Template.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def content(ward: Ward, code: str, period: Period) -> Content:
    structure = read(template(code), sound_report(ward, code, period))
    assert structure.problems == ()
    return structure.content


def before(ward: Ward, code: str, period: Period) -> Content | None:
    earlier = period.previous
    return content(ward, code, earlier) if earlier.ends_on >= BEGINNING else None


def some_wards() -> Iterator[Ward]:
    """Every seventh unit, and the special zone, which is the smallest."""
    yield from WARDS[::7]
    yield from (ward for ward in WARDS if ward.kind == "dac-khu")


@pytest.mark.parametrize(("code", "named"), CASES)
def test_a_made_up_report_breaks_no_rule_against_the_one_before(code: str, named: str) -> None:
    period = Period.parse(named, template(code).scheme)
    for ward in some_wards():
        facts = Facts(content(ward, code, period), period, before(ward, code, period))
        outcome = evaluate(template(code), facts)
        assert outcome.findings == (), ward


def test_the_same_seed_makes_the_same_report_and_another_one_another() -> None:
    period = Period.parse("2025-10", "HC_15_14")
    first = sound_report(WARDS[0], "DXT", period, seed=7)
    assert sound_report(WARDS[0], "DXT", period, seed=7) == first
    assert sound_report(WARDS[0], "DXT", period, seed=8) != first


def test_it_says_that_it_is_made_up() -> None:
    period = Period.parse("2025-H2", "HC_15_14")
    report = sound_report(WARDS[0], "HIT", period)
    assert MARK in report["narrative"]["results"]
    assert all("mô phỏng" in firm["name"] for firm in report["lists"]["firms"])


def test_a_period_before_the_units_is_refused() -> None:
    with pytest.raises(ValueError, match="2025-07-01"):
        sound_report(WARDS[0], "DXT", Period.parse("2025-06", "HC_15_14"))


def test_the_city_has_the_magnitudes_of_its_portal() -> None:
    period = Period.parse("2025-10", "HC_15_14")
    city = [sound_report(ward, "DXT", period)["values"] for ward in WARDS]
    sums = {name: sum(one[name] for one in city) for name in ("dxt01", "dxt02", "dxt03", "dxt04")}
    assert sums["dxt01"] / len(WARDS) == pytest.approx(2680 * 30 / 45, rel=0.1)
    assert sums["dxt02"] / sums["dxt01"] == pytest.approx(0.56, abs=0.01)
    assert sums["dxt04"] / sums["dxt03"] == pytest.approx(0.994, abs=0.001)


def test_some_wards_have_nothing_to_report_and_some_leave_a_value_out() -> None:
    october = Period.parse("2025-10", "LICH")
    projects = [sound_report(ward, "PIP", october)["lists"]["projects"] for ward in WARDS]
    assert 0 < sum(rows == [] for rows in projects) < len(WARDS) / 4
    month = Period.parse("2025-10", "HC_15_14")
    gaps = [sound_report(ward, "DXT", month)["gaps"] for ward in WARDS]
    assert 0 < sum(map(bool, gaps)) < len(WARDS) / 10


def test_firms_with_branches_are_fewer_than_their_rows() -> None:
    period = Period.parse("2025-H2", "HC_15_14")
    firms = [sound_report(ward, "HIT", period)["lists"]["firms"] for ward in WARDS]
    codes = [firm["tax_code"][:10] for rows in firms for firm in rows]
    assert len(set(codes)) < len(codes)


@pytest.mark.parametrize("code", COURSES)
def test_a_mistake_returns_the_report(code: str) -> None:
    for ward in some_wards():
        period = Period.parse(COURSES[code][0], template(code).scheme)
        wrong = broken(code, sound_report(ward, code, period))
        if wrong is None:
            assert code == "PIP"
            continue
        rule, report = wrong
        outcome = evaluate(template(code), Facts(read(template(code), report).content, period))
        assert (outcome.findings[0].rule, outcome.returns) == (rule, "rule-errors")


@pytest.mark.parametrize("code", ["IP", "DXT"])
def test_a_surprise_passes_once_it_is_explained(code: str) -> None:
    period = Period.parse(COURSES[code][0], template(code).scheme)
    surprise = surprising(code, sound_report(WARDS[0], code, period))
    assert surprise is not None
    rule, report = surprise
    returns = [
        evaluate(template(code), Facts(read(template(code), one).content, period)).returns
        for one in (report, explained(rule, report))
    ]
    assert returns == ["explanation-missing", None]


def test_most_templates_keep_no_surprise() -> None:
    period = Period.parse("2025-Q4", "LICH")
    assert surprising("FIN", sound_report(WARDS[0], "FIN", period)) is None
