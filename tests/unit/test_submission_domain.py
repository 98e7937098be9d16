"""Where a report stands, which period and form it is for, and what a ward may still do."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import decisions
from contracts.period import Period
from contracts.template import Template
from services.submission.catalogue import domain as catalogue
from services.submission.reports import domain
from services.submission.reports.domain import Standing
from services.submission.reports.refusals import Refused
from tests import builders
from tests.unit import sound_bodies

NOW = datetime(2025, 11, 3, tzinfo=UTC)
STATES = [
    decisions.RECEIVED,
    decisions.WAITING,
    decisions.IN_REVIEW,
    decisions.APPROVED,
    decisions.RETURNED,
    decisions.REVOKED,
    decisions.WITHDRAWN,
]


def standing(state: str, *, counted: int | None = None, withdrawing: bool = False) -> Standing:
    """A report of one version that was decided so."""
    return replace(
        Standing().sent("a" * 64, NOW),
        decision_no=1,
        decided_version=1,
        decided_state=state,
        counted_version=counted,
        withdrawing=withdrawing,
    )


def test_the_first_version_is_received_and_keeps_its_instant() -> None:
    first = Standing().sent("a" * 64, NOW)
    second = first.sent("b" * 64, NOW + timedelta(hours=1))

    assert (first.version, first.state, first.submission_no) == (1, "received", 1)
    assert (second.version, second.first_submitted_at) == (2, NOW)
    assert second.submitted_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize("state", STATES)
def test_the_same_content_is_held_only_while_it_is_on_its_way(state: str) -> None:
    held = state in {"received", "waiting", "in-review", "approved"}

    assert standing(state).holds("a" * 64) is held
    assert standing(state).holds("b" * 64) is False
    assert standing(state, withdrawing=True).holds("a" * 64) is False


@pytest.mark.parametrize("state", STATES)
def test_a_new_version_is_received_whatever_was_decided_on_the_one_before(state: str) -> None:
    newer = standing(state).sent("b" * 64, NOW)

    assert newer.state == "received"
    assert newer.holds("b" * 64)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("counted", [None, 1])
def test_something_can_be_taken_back_while_anything_is_left(
    state: str, counted: int | None
) -> None:
    refused = standing(state, counted=counted).cannot_withdraw()

    nothing = state in {"revoked", "withdrawn"} and counted is None
    assert (refused.slug if refused else None) == ("nothing-to-withdraw" if nothing else None)


def test_a_wish_to_withdraw_counts_and_is_not_made_twice() -> None:
    asked = standing(decisions.APPROVED, counted=1).withdrawn()

    assert (asked.submission_no, asked.version, asked.withdrawing) == (2, 1, True)
    with pytest.raises(Refused, match="withdrawal-pending"):
        asked.withdrawn()
    with pytest.raises(Refused, match="nothing-to-withdraw"):
        Standing().withdrawn()


def versions() -> list[Template]:
    """Two versions of one template, the newer in force from 2026 and without months."""
    first = sound_bodies.template("DXT")
    changes = {"version": 2, "valid_from": date(2026, 1, 1), "frequencies": ("quarter",)}
    return [first.model_copy(update=changes), first]


@pytest.mark.parametrize(
    ("code", "version"),
    [("2025-10", 1), ("2025-12", 1), ("2026-Q1", 2), ("2026-Q2", 2)],
)
def test_the_form_is_the_one_in_force_when_the_period_ends(code: str, version: int) -> None:
    period = domain.period_of(versions(), code)

    assert domain.template_for(versions(), period).version == version


@pytest.mark.parametrize(
    ("code", "slug"),
    [
        ("2026-02", "period-not-offered"),
        ("2025-Q4", "period-not-offered"),
        ("2025-Q2", "template-not-valid"),
    ],
)
def test_a_period_that_no_form_is_for_is_refused(code: str, slug: str) -> None:
    period = domain.period_of(versions(), code)

    with pytest.raises(Refused, match=slug):
        domain.template_for(versions(), period)


@given(st.text(max_size=12).filter(lambda code: not re.match("20[0-9]{2}", code)))
def test_any_other_text_is_no_period(code: str) -> None:
    with pytest.raises(Refused, match="unknown-period"):
        domain.period_of(versions(), code)


def test_what_is_shown_of_a_decision_names_its_kind_and_not_its_report() -> None:
    report = builders.Report("26812", "DXT", "2025-10")
    report.sent(sound_bodies.content("DXT", sound_bodies.body("DXT")))
    report.approved()

    shown = domain.shown(report.revoked(note="?"))

    assert (shown["kind"], shown["revoked_version"], shown["note"]) == ("approval-revoked", 1, "?")
    assert not shown.keys() & {"content", "counted", "report_id", "ward_code"}


@settings(deadline=None)  # the first example reads the templates
@given(
    st.sampled_from(sorted(sound_bodies.PERIODS)), st.dates(date(2025, 8, 1), date(2035, 12, 31))
)
def test_open_periods_are_open_and_no_newer_one_is(code: str, today: date) -> None:
    template = sound_bodies.template(code)

    found = catalogue.open_periods(template, today)

    assert {period.frequency for period in found} <= set(template.frequencies)
    assert all(period.opens_on <= today for period in found)
    assert all(period.ends_on >= template.valid_from for period in found)
    newest = {period.frequency: period for period in reversed(found)}
    for period in newest.values():
        assert not any(_follows(other, period) and other.opens_on <= today for other in found)


def _follows(other: Period, period: Period) -> bool:
    return other.previous == period
