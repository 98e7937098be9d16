"""Histories of one report: however they are batched, repeated and shuffled, one state."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from contracts.content import Content
from contracts.decisions import IN_REVIEW, REVOKED, WAITING, WITHDRAWN, Decision
from contracts.reports import ReportSubmitted, ReportWithdrawalRequested
from contracts.template import Template
from services.validation.review import orders, permission
from services.validation.review.docket import Docket, OutOfPlace
from services.validation.review.orders import Order
from services.validation.review.report import Report
from tests import builders
from tests.builders import NOON
from tests.unit.sound_bodies import template

Said = ReportSubmitted | ReportWithdrawalRequested
SEND, ASK_BACK = "send", "ask back"


def form(review: str) -> Template:
    """A small form: more than 100 is an error, more than 50 a warning."""
    rules = {
        "T-E1": {"severity": "E", "check": "a <= 100", "vi": "{a}", "en": "{a}"},
        "T-W1": {"severity": "W", "check": "a <= 50", "vi": "{a}", "en": "{a}"},
    }
    whole = template("INN").model_dump() | {
        "code": "TST",
        "review": review,
        "groups": [],
        "fields": {"a": {"type": "int", "vi": "a", "en": "a"}},
        "derived": {},
        "rules": rules,
    }
    return Template.model_validate(whole)


FORMS = {review: form(review) for review in ("manual", "automatic")}


@dataclass
class Desk:
    """The judge without a database: a fresh docket for every transaction."""

    form: Template
    report: Report | None = None
    told: list[Decision] = field(default_factory=list)

    def hears(self, events: Iterable[Said]) -> None:
        docket = self._docket()
        for event in events:
            docket.hear(event)
        self._close(docket, *docket.reports)

    def decides(self, action: str) -> bool:
        """Whether a person could decide so."""
        if self.report is None:
            return False
        docket = self._docket()
        version = permission.expected_version(self.report, action) or 1
        try:
            orders.carry_out(
                docket, Order(self.report.report_id, action, version, "", "other"), "p"
            )
        except orders.Refused:
            return False
        self._close(docket, self.report.report_id)
        return True

    def _docket(self) -> Docket:
        known = {self.report.report_id: self.report} if self.report else {}
        return Docket(known, {(self.form.code, self.form.version): self.form}, {}, NOON)

    def _close(self, docket: Docket, *ids: UUID) -> None:
        for report_id in ids:
            self.report = docket.reports[report_id]
        self.told += [decided.step.event for decided in docket.decided]


ACTIONS = st.one_of(
    st.tuples(st.just(SEND), st.sampled_from([1, 2, 60, 70, 101])),
    st.tuples(st.sampled_from([ASK_BACK, *permission.ACTIONS]), st.just(0)),
)
HISTORIES = st.lists(ACTIONS, min_size=1, max_size=12)


def said_by_ward(history: Sequence[tuple[str, int]], form: Template) -> list[Said | str]:
    """The ward's events of a history, and the names of people's actions between them."""
    ward = builders.Report("26734", form, "2025-Q4")
    script: list[Said | str] = []
    for action, number in history:
        if action == SEND:
            script.append(ward.sent(Content(values={"a": number})))
        elif action != ASK_BACK:
            script.append(action)
        elif ward.version:
            script.append(ward.withdrawal_requested())
    return script


def one_by_one(script: Sequence[Said | str], form: Template) -> Desk:
    desk = Desk(form)
    for said in script:
        if isinstance(said, str):
            desk.decides(said)
        else:
            desk.hears([said])
    return desk


@given(HISTORIES, st.sampled_from(["manual", "automatic"]), st.data())
def test_batches_and_repetitions_make_no_difference(
    history: list[tuple[str, int]], review: str, data: st.DataObject
) -> None:
    form = FORMS[review]
    script = said_by_ward(history, form)
    expected, desk, batch, heard = one_by_one(script, form), Desk(form), [], list[Said]()
    for said in script:
        if not isinstance(said, str):
            batch.append(said)
            if data.draw(st.booleans()):
                continue  # the next one comes in the same batch
        again = data.draw(st.lists(st.sampled_from(heard), max_size=3)) if heard else []
        desk.hears(sorted([*batch, *again], key=lambda event: event.submission_no))
        heard, batch = heard + batch, []
        if isinstance(said, str):
            desk.decides(said)
    desk.hears(batch)
    assert (desk.report, desk.told) == (expected.report, expected.told)


@given(HISTORIES, st.randoms(use_true_random=False))
def test_whatever_order_the_ward_is_heard_in_the_latest_word_holds(
    history: list[tuple[str, int]], random: Random
) -> None:
    form = FORMS["manual"]
    events = [said for said in said_by_ward(history, form) if not isinstance(said, str)]
    expected, desk = one_by_one(events, form), Desk(form)
    waiting = events * 2
    random.shuffle(waiting)
    while waiting:
        said = waiting.pop(0)
        try:
            desk.hears([said])
        except OutOfPlace:  # a dead letter, replayed after the others
            waiting.append(said)
    assert standing(desk.report) == standing(expected.report)


def standing(report: Report | None) -> Report | None:
    """All but what depends on how many versions were judged on the way."""
    if report is None:
        return None
    verdict = replace(report.verdict, decision_no=0)
    return replace(report, decision_no=0, first_passed_submitted_at=None, verdict=verdict)


@given(HISTORIES, st.sampled_from(["manual", "automatic"]))
def test_every_decision_says_the_whole_state(history: list[tuple[str, int]], review: str) -> None:
    desk = Desk(FORMS[review])
    for said in said_by_ward(history, desk.form):
        if isinstance(said, str):
            desk.decides(said)
        else:
            desk.hears([said])
        report = desk.report
        assert report is None or (report.queued_at is not None) == (
            report.state == IN_REVIEW or report.withdrawal is not None
        )
    assert [event.decision_no for event in desk.told] == list(range(1, len(desk.told) + 1))
    for event in desk.told:
        assert type(event).model_validate_json(event.model_dump_json()) == event
        assert list(vars(event)) == list(type(event).model_fields)
        assert (event.counted is not None) == (event.counted_version not in {None, event.version})
        assert event.counted is None or event.counted.version == event.counted_version
        assert event.state != WAITING
        if event.state in {REVOKED, WITHDRAWN}:
            assert event.counted_version is None


@given(HISTORIES)
def test_an_older_version_never_counts_again(history: list[tuple[str, int]]) -> None:
    desk = one_by_one(said_by_ward(history, FORMS["automatic"]), FORMS["automatic"])
    counted = [event.counted_version or 0 for event in desk.told]
    highest = 0
    for version in counted:
        assert version == 0 or version >= highest
        highest = max(highest, version)
