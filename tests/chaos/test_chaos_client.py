"""What a client makes of an answer, and what the journal keeps of it."""

from random import Random

import httpx
import pytest

from tests.chaos.drivers import forms
from tests.chaos.drivers.client import Answer, outcome, parted, understood
from tests.chaos.journal import ACKNOWLEDGED, REFUSED, UNKNOWN
from tests.unit import sound_bodies


@pytest.mark.parametrize(
    ("status", "kind"),
    [(200, ACKNOWLEDGED), (202, ACKNOWLEDGED), (409, REFUSED), (422, REFUSED), (503, UNKNOWN)],
)
def test_a_status_says_what_became_of_a_request(status: int, kind: str) -> None:
    assert understood(httpx.Response(status, json={})).outcome == kind


def test_an_answer_that_is_cut_short_says_nothing() -> None:
    assert understood(httpx.Response(200, content=b'{"vers')).outcome == UNKNOWN


def test_each_line_of_many_has_its_own_outcome() -> None:
    lines = [{"status": 202, "version": 3}, {"status": 422}, {"status": 503}]
    parts = parted(Answer(ACKNOWLEDGED, 200, lines), 4)
    assert [part.outcome for part in parts] == [ACKNOWLEDGED, REFUSED, UNKNOWN, UNKNOWN]
    assert outcome(parts[0])["version"] == 3


def test_each_report_approved_together_has_its_own_outcome() -> None:
    items = [{"status": 200, "review": {"decision_no": 4}}, {"status": 409, "problem": {}}]
    parts = parted(Answer(ACKNOWLEDGED, 200, {"items": items}), 2)
    assert [part.outcome for part in parts] == [ACKNOWLEDGED, REFUSED]
    assert outcome(parts[0])["answer"] == {"decision_no": 4}


def test_a_whole_request_that_is_unknown_leaves_every_report_unknown() -> None:
    assert [part.outcome for part in parted(Answer(UNKNOWN), 2)] == [UNKNOWN, UNKNOWN]


@pytest.mark.parametrize("template", forms.PERIODS)
@pytest.mark.parametrize("size", [1, 2, 8])
def test_sound_reports_are_sound_at_every_size(template: str, size: int) -> None:
    rng = Random(size)
    before, body = (forms.sound(template, size, rng) for _ in range(2))
    assert sound_bodies.found(sound_bodies.judged(template, body, before)) == set()
    assert before != body


@pytest.mark.parametrize("template", forms.MISTAKES)
def test_mistaken_reports_break_a_rule(template: str) -> None:
    body = forms.mistaken(template, 3, Random(1))
    assert sound_bodies.found(sound_bodies.judged(template, body)) != set()
