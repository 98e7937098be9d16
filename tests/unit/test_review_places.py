"""Pointers that lead somewhere, and what changed between two versions."""

import pytest

from contracts.content import Content
from services.validation.review.places import changes, exists
from tests.builders import content
from tests.unit.sound_bodies import project, template

PIP = template("PIP")
REPORT = content(
    {},
    {"projects": [project("DA/1", "NSTP", "5", "1", "2", "3", "4")]},
    explanations={"PIP-W1": "vì sao"},
)


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("/lists/projects", True),
        ("/lists/projects/DA~11|NSTP", True),
        ("/lists/projects/DA~11|NSTP/pip08", True),
        ("/lists/projects/DA~11|NSTP/pip13", True),
        ("/lists/projects/DA~11|NSTP/pip99", False),
        ("/lists/projects/DA~11|NSTP/pip08/x", False),
        ("/lists/projects/DA2|NSTP", False),
        ("/lists/firms", False),
        ("/derived/pip10", True),
        ("/values/pip10", False),
        ("/narrative/results", True),
        ("/narrative/other", False),
        ("/explanations/PIP-W1", True),
        ("/explanations/PIP-W2", False),
        ("/lists//pip08", False),
        ("lists/projects", False),
        ("/", False),
        ("", False),
    ],
)
def test_a_pointer_leads_to_a_place_or_not(place: str, found: bool) -> None:  # noqa: FBT001 - a column of the table
    assert exists(PIP, REPORT, place) is found


def test_fields_of_the_form_are_places_even_when_empty() -> None:
    assert exists(template("FIN"), Content(), "/values/fin01")
    assert not exists(None, Content(), "/values/fin01")
    assert not exists(template("FIN"), Content(), "/values/fin01/x")


def test_equal_versions_differ_nowhere() -> None:
    assert changes(PIP, REPORT, REPORT) == []


def test_rows_are_compared_by_their_key() -> None:
    kept = project("DA1", "NSTP", "5", "1", "2", "3", "4")
    gone, new = ({**kept, "pip01": code} for code in ("DA2", "DA3"))
    before = content({}, {"projects": [kept, gone]})
    after = content({}, {"projects": [{**kept, "pip08": "3.5"}, new]})
    found = {
        change.pointer: (change.before, change.after) for change in changes(PIP, before, after)
    }
    assert found == {
        "/lists/projects/DA1|NSTP/pip08": ("3", "3.5"),
        "/lists/projects/DA2|NSTP": (gone, None),
        "/lists/projects/DA3|NSTP": (None, new),
    }


def test_every_part_of_a_report_is_compared() -> None:
    before = content({"a": 1, "b": None}, {"rows": None}, explanations={"R": "x"})
    after = content({"a": 1, "b": 2}, {"rows": []}, narrative={"results": "Tốt"})
    found = {
        change.pointer: (change.before, change.after) for change in changes(None, before, after)
    }
    reason = {"reason": "no-data", "note": None}
    assert found == {
        "/values/b": (None, 2),
        "/lists/rows": (None, ()),
        "/gaps/~1values~1b": (reason, None),
        "/gaps/~1lists~1rows": (reason, None),
        "/explanations/R": ("x", None),
        "/narrative/results": ("", "Tốt"),
    }
