"""What is added up is what can be: figures of numbers, measured alike in every version."""

from datetime import date

import pytest

from contracts.template import Derived, Ratio, Template, Text
from services.submission.catalogue import files
from services.submission.catalogue.domain import CatalogueError, new_templates

FORMS = {template.code: template for template in files.read().templates}
DXT, HIT = FORMS["DXT"], FORMS["HIT"]


def with_figure(form: Template, **way: object) -> Template:
    """The form with one more figure, made like this."""
    figure = Derived.model_validate({"vi": "Thêm", "en": "One more", **way})
    return form.model_copy(update={"derived": {**form.derived, "more": figure}})


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_shipped_form_can_be_added_up(form: Template) -> None:
    assert new_templates({}, [form]) == [form]


@pytest.mark.parametrize(
    "form",
    [
        with_figure(DXT, sum=("dxt01", "dxt15a")),
        with_figure(DXT, sum=("more",)),
        with_figure(DXT, ratio=Ratio(num=("dxt01",), den=("dxt15a",))),
        with_figure(DXT, count="dxt01"),
        with_figure(HIT, sum=("tax_code",)),
        with_figure(HIT, sum=("firms",)),
        with_figure(HIT, distinct="firms.hit01"),
    ],
    ids=["of a ratio", "of itself", "over a ratio", "no list", "of text", "of a list", "no column"],
)
def test_a_figure_of_what_cannot_be_added_up_stops_the_load(form: Template) -> None:
    with pytest.raises(CatalogueError, match=r"more.*(cannot be added up|is no row)"):
        new_templates({}, [form])


def test_a_sum_of_sums_can_be_added_up() -> None:
    form = with_figure(with_figure(DXT, sum=("dxt01", "dxt02")), sum=("dxt01", "dxt02"))
    twice = Derived(vi="Hai lần", en="Twice", sum=("more", "dxt03"))
    form = form.model_copy(update={"derived": {**form.derived, "twice": twice}})

    assert new_templates({}, [form]) == [form]


@pytest.mark.parametrize("change", [{"unit": Text(vi="nghìn", en="thousands")}, {"type": "money"}])
def test_an_indicator_is_measured_alike_in_every_version(change: dict[str, object]) -> None:
    field = DXT.fields["dxt01"].model_copy(update=change)
    later = {"version": 2, "valid_from": date(2026, 1, 1), "fields": {**DXT.fields, "dxt01": field}}

    with pytest.raises(CatalogueError, match="version 2: dxt01 would be measured otherwise"):
        new_templates({"DXT": [DXT]}, [DXT, DXT.model_copy(update=later)])


def test_a_new_version_may_say_an_indicator_in_other_words() -> None:
    field = DXT.fields["dxt01"].model_copy(update={"en": "Dossiers of all kinds", "max": 5})
    later = {"version": 2, "valid_from": date(2026, 1, 1), "fields": {**DXT.fields, "dxt01": field}}
    newer = DXT.model_copy(update=later)

    assert new_templates({"DXT": [DXT]}, [DXT, newer]) == [newer]
