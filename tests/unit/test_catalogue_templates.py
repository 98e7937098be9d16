"""The seven shipped templates: complete, in both languages, and true to what they name."""

import re
from collections.abc import Iterator

import pytest
import yaml

from contracts import template as t
from contracts.event import Contract
from contracts.period import HC_15_14, LICH, NAM_KE_HOACH
from contracts.template import Field, Template, Text
from services.submission.catalogue.make_wards import WARDS

TEMPLATES = WARDS.with_name("templates")
CODES = ("FIN", "IP", "HIT", "PIP", "EST", "INN", "DXT")


def load(code: str) -> Template:
    written = yaml.safe_load((TEMPLATES / f"{code.lower()}.yaml").read_text(encoding="utf-8"))
    return Template.model_validate(written, extra="forbid")


@pytest.fixture(params=CODES)
def template(request: pytest.FixtureRequest) -> Template:
    return load(request.param)


def inputs(template: Template) -> dict[str, Field]:
    columns = {name: f for part in template.lists.values() for name, f in part.columns.items()}
    return {**template.fields, **columns}


def texts(part: object) -> Iterator[Text]:
    if isinstance(part, Text):
        yield part
    if isinstance(part, Contract):
        for name in type(part).model_fields:
            yield from texts(getattr(part, name))
    elif isinstance(part, dict):
        for item in part.values():
            yield from texts(item)
    elif isinstance(part, tuple):
        for item in part:
            yield from texts(item)


def test_every_template_file_is_one_of_the_seven() -> None:
    assert {path.stem.upper() for path in TEMPLATES.glob("*.yaml")} == set(CODES)


@pytest.mark.parametrize(
    ("code", "scheme", "frequencies", "regime", "size"),
    [
        ("FIN", LICH, ("quarter", "year"), "periodic", (10, 1, 8)),
        ("IP", HC_15_14, ("half", "year"), "periodic", (14, 1, 5)),
        ("HIT", HC_15_14, ("half", "year"), "periodic", (17, 7, 9)),
        ("PIP", LICH, ("month",), "periodic", (13, 3, 7)),
        ("EST", NAM_KE_HOACH, ("year",), "thematic", (13, 2, 6)),
        ("INN", HC_15_14, ("quarter",), "periodic", (16, 1, 10)),
        ("DXT", HC_15_14, ("month",), "periodic", (18, 5, 14)),
    ],
)
def test_scheme_and_size_of_each(
    code: str, scheme: str, frequencies: tuple[str, ...], regime: str, size: tuple[int, int, int]
) -> None:
    """``size``: how many inputs, derived figures and rules."""
    template = load(code)
    assert template.code == code
    assert (template.scheme, template.frequencies, template.regime) == (scheme, frequencies, regime)
    assert (len(inputs(template)), len(template.derived), len(template.rules)) == size


def test_it_is_owed_by_all_from_the_day_of_the_new_wards(template: Template) -> None:
    assert (template.version, template.valid_from.isoformat()) == (1, "2025-07-01")
    assert template.owed_by.all
    assert template.review == t.MANUAL


def test_every_text_is_written_in_both_languages(template: Template) -> None:
    for text in texts(template):
        assert text.vi.strip() == text.vi != ""
        assert text.en.strip() == text.en != ""


def test_every_number_has_a_unit_and_says_what_time_it_belongs_to(template: Template) -> None:
    for name, field in inputs(template).items():
        measured = field.numeric or field.type == t.PERCENT
        assert (field.unit is not None) == measured, name
        assert (field.kind is not None) == field.numeric, name
        assert field.kind in {None, t.FLOW, t.STOCK, t.CUMULATIVE}, name
        assert field.reset in {None, "year"}, name
        assert field.reset is None or field.kind == t.CUMULATIVE, name
        assert (field.values is not None) == (field.type == t.ENUM), name
    assert all(made.unit for made in template.derived.values())


def test_money_is_in_million_dong(template: Template) -> None:
    units = {f.unit.vi for f in inputs(template).values() if f.type == t.MONEY and f.unit}
    assert units <= {"triệu đồng"}


def test_groups_name_every_field_list_and_figure_once(template: Template) -> None:
    named = [name for group in template.groups for name in group.fields]
    assert len(named) == len(set(named))
    assert set(named) == {*template.fields, *template.lists, *template.derived}


def test_parts_and_shared_columns_point_at_something_known(template: Template) -> None:
    known = {*inputs(template), *template.derived}
    for field in inputs(template).values():
        assert field.of is None or field.of in known
        assert field.once_per is None or field.once_per in known


def test_keys_of_lists_are_never_empty(template: Template) -> None:
    for part in template.lists.values():
        assert not any(part.columns[name].nullable for name in part.key)
        assert all(part.columns[name].type == t.ENUM for name in part.breakdowns)


def test_rules_are_named_after_their_severity(template: Template) -> None:
    letter = {t.ERROR: "E", t.WARNING: "W", t.INFO: "I"}
    for name, rule in template.rules.items():
        assert re.fullmatch(rf"{template.code}-{letter[rule.severity]}[0-9]+", name)
        assert bool(rule.fields) != bool(rule.each), name


def test_every_warning_asks_for_words(template: Template) -> None:
    for name, rule in template.rules.items():
        if t.WARNING in (rule.severity, rule.severity_if_correction):
            assert rule.explain == 20 or rule.needs, name
        else:
            assert rule.explain is None, name


def test_rules_and_messages_name_only_what_is_known(template: Template) -> None:
    given = {"first_of_year", "correction", "x", "prev_x", "label"}
    given |= {*inputs(template), *template.derived}
    for name, rule in template.rules.items():
        words = re.findall(r"[a-z_][a-z_0-9]*", f"{rule.check} {rule.when or ''}")
        used = {*words, *re.findall(r"\{(\w+)\}", rule.vi + rule.en)} - {"abs", "chars"}
        assert {word.removeprefix("prev_").removeprefix("first_") for word in used} - {
            "of_year"
        } <= {known.removeprefix("prev_") for known in given}, name


def test_messages_name_the_values_they_speak_of(template: Template) -> None:
    for name, rule in template.rules.items():
        assert re.findall(r"\{(\w+)\}", rule.vi), name
        assert set(re.findall(r"\{\w+\}", rule.vi)) == set(re.findall(r"\{\w+\}", rule.en)), name


def test_rules_hold_no_floating_numbers(template: Template) -> None:
    for rule in template.rules.values():
        assert not re.search(r"[0-9]\.[0-9]", rule.check)


@pytest.mark.parametrize(
    ("code", "figure", "target"),
    [("FIN", "fin10", 3), ("INN", "inn13", 40), ("EST", "est13", 3), ("DXT", "dxt15a", 80)],
)
def test_ratios_know_what_they_should_reach(code: str, figure: str, target: int) -> None:
    assert load(code).derived[figure].target == target


def test_the_kinds_that_decide_how_periods_add_up() -> None:
    stocks = {"ip08", "ip13", "hit01", "hit02", "hit03", "hit04", "hit08", "pip05"}
    stocks |= {"fin08", "inn05", "inn06", "inn07", "dxt10a", "dxt11", "dxt12", "dxt13a", "dxt16"}
    kinds = {name: f.kind for code in CODES for name, f in inputs(load(code)).items()}
    assert {kinds[name] for name in stocks} == {t.STOCK}
    assert {kinds[name] for name in ("fin09", "pip08", "pip09", "inn16")} == {t.CUMULATIVE}
    assert load("FIN").fields["fin09"].reset == "year"


def test_a_branch_belongs_to_its_head_office_and_persons_are_refused() -> None:
    hit = load("HIT")
    pattern = hit.lists["firms"].columns["tax_code"].pattern or ""
    assert re.fullmatch(pattern, "0300000001")
    assert re.fullmatch(pattern, "0300000001-001")
    assert not re.fullmatch(pattern, "079200000001")
    assert {hit.derived[f"hit{n}"].prefix for n in (16, 17, 18, 19)} == {10}
