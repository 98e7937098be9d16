"""The checker, given a small line by hand: sound it says so, and each fault it names."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tests.chaos.checker import INVARIANTS, Evidence, Verdict
from tests.chaos.checker.evidence import Fault, Group, Hostile, Request, Seen, Usage
from tests.chaos.sound_line import (
    APPROVED,
    CONTENT,
    FIGURES,
    OFFICER,
    REPORT,
    REPORT_ID,
    REVIEWER,
    sound,
)

Change = Callable[[Evidence], None]
ELSEWHERE = UUID(int=99)


def verdicts(evidence: Evidence) -> dict[str, Verdict]:
    return {verdict.invariant: verdict for verdict in (each(evidence) for each in INVARIANTS)}


def broken(evidence: Evidence) -> set[str]:
    return {name for name, verdict in verdicts(evidence).items() if not verdict.ok}


def test_a_sound_line_breaks_no_invariant() -> None:
    found = verdicts(sound())
    assert list(found) == [f"I{number}" for number in range(1, 14)]
    assert [str(verdict) for verdict in found.values() if not verdict.ok] == []


def rows(evidence: Evidence, service: str, table: str) -> list[dict[str, Any]]:
    return evidence.tables[service][table]  # type: ignore[return-value] # made by hand above


def without(service: str, table: str, place: int = 0) -> Change:
    def change(evidence: Evidence) -> None:
        del rows(evidence, service, table)[place]

    return change


def twice(service: str, table: str, place: int = 0, **columns: object) -> Change:
    def change(evidence: Evidence) -> None:
        kept = rows(evidence, service, table)
        kept.append(kept[place] | columns)

    return change


def other(service: str, table: str, place: int = 0, **columns: object) -> Change:
    def change(evidence: Evidence) -> None:
        rows(evidence, service, table)[place].update(columns)

    return change


def ended(**columns: object) -> Change:
    """A stay of the report's version before, as it is and a little otherwise."""

    def change(evidence: Evidence) -> None:
        stay = {"report_id": REPORT_ID, "version": 1, "decision_no": 1, "entered_revision": 0}
        stay |= {"basis": "reports", "left_revision": 1, "left_decision_no": 2}
        rows(evidence, "aggregation", "contribution").append(stay | columns)

    return change


def asked(**about: Any) -> Change:  # noqa: ANN401
    def change(evidence: Evidence) -> None:
        one = Request("put", OFFICER, REPORT, "acknowledged", 2, content=CONTENT)
        evidence.requests = [*evidence.requests, replace(one, **about)]

    return change


def retold(timestamp: float) -> Change:
    def change(evidence: Evidence) -> None:
        first = evidence.told[3]
        again = replace(first, place=(*first.place[:2], 7), timestamp=timestamp)
        evidence.told = [*evidence.told, again]

    return change


def untold(evidence: Evidence) -> None:
    evidence.told = evidence.told[:-1]


def told_backwards(evidence: Evidence) -> None:
    passed, approved = evidence.told[2:4]
    late = replace(passed, place=(*passed.place[:2], 5), timestamp=approved.timestamp + 1)
    evidence.told = [late if one is passed else one for one in evidence.told]


def applied(times: int) -> Change:
    def change(evidence: Evidence) -> None:
        evidence.applied = [
            {**row, "times": times} if row["event_id"] == APPROVED else row
            for row in evidence.applied
        ]

    return change


def applied_from_nowhere(evidence: Evidence) -> None:
    row = {"service": "validation", "event_id": str(ELSEWHERE), "times": 1}
    evidence.applied = [*evidence.applied, row]


def hostile(**letter: object) -> Change:
    """One record that submission has to set aside, and the letter that it made of it."""

    def change(evidence: Evidence) -> None:
        record = Hostile("validation.reports", "d", "no-header", {"submission": "content-type"})
        evidence.hostile = [record]
        evidence.places = {("validation.reports", 1, 4): "d"}
        known = {"topic": "validation.reports", "partition": 1, "record_offset": 4}
        known |= {"cause": "content-type", "state": "waiting", "event_id": None}
        known |= {"event_type": None, "detail": "", "correction": None}
        kept = [known | letter] if letter.get("cause") != "none" else []
        evidence.tables["submission"]["dead_letter"] = kept  # type: ignore[index] # by hand

    return change


def saw(*ids: int, event: str = "notice") -> Change:
    def change(evidence: Evidence) -> None:
        evidence.seen = [Seen("page", "inbox", "26536", event, id_) for id_ in ids]

    return change


def behind(evidence: Evidence) -> None:
    lagging = dict.fromkeys(evidence.ends, 1)
    owned = frozenset(evidence.ends)
    evidence.groups = {
        **evidence.groups,
        "validation": Group("validation", "Stable", owned, lagging),
    }


def unowned(evidence: Evidence) -> None:
    group = Group("validation", "Stable", frozenset(), evidence.ends)
    evidence.groups = {**evidence.groups, "validation": group}


def crossed(evidence: Evidence) -> None:
    evidence.crossings = [("submission", "validation.report", "")]


def swollen(evidence: Evidence) -> None:
    evidence.usage = Usage({"submission-1": 10**9}, {"submission": 10})


def many_connections(evidence: Evidence) -> None:
    evidence.usage = Usage({"submission-1": 10**8}, {"submission": 90})


def forged_sum(evidence: Evidence) -> None:
    evidence.told = [
        replace(one, data={**one.data, "figures": [{**one.data["figures"][0], "value": "8"}]})
        if one.id == FIGURES
        else one
        for one in evidence.told
    ]


LOST, DOUBLED, MISMATCHED = "lost", "doubled", "mismatched"
OTHER = {"values": {"ip01": 8}}
FAULTS: dict[str, tuple[str, str, Change]] = {
    "a version that was acknowledged is gone": (
        "I1",
        LOST,
        without("submission", "report_version"),
    ),
    "one PUT of two was overwritten": ("I1", LOST, asked(version=1, status=202)),
    "a version has other content": (
        *("I1", MISMATCHED),
        other("submission", "report_version", content=OTHER),
    ),
    "a version nobody sent": ("I1", DOUBLED, twice("submission", "report_version", version=2)),
    "a report never came to validation": ("I2", LOST, without("validation", "report")),
    "something was not heard": ("I2", LOST, other("submission", "report", submission_no=2)),
    "a report waits": ("I2", LOST, other("validation", "report", state="waiting")),
    "a fact waits": ("I2", LOST, other("aggregation", "fact", pending=True)),
    "figures are not told": ("I2", LOST, other("aggregation", "figure_set", revision=2)),
    "a version is not in validation": ("I3", LOST, without("validation", "version")),
    "validation has other content": (
        "I3",
        MISMATCHED,
        other("validation", "version", content=OTHER),
    ),
    "the ward sees an old state": (
        *("I3", MISMATCHED),
        other("submission", "report_status", state="in-review"),
    ),
    "a fact holds other content": ("I3", MISMATCHED, other("aggregation", "fact", counted=OTHER)),
    "a total is wrong": (
        *("I4", MISMATCHED),
        other("aggregation", "accumulator", numerator=Decimal(14)),
    ),
    "a total is gone": ("I4", MISMATCHED, without("aggregation", "accumulator")),
    "the city was told a wrong figure": ("I4", MISMATCHED, forged_sum),
    "a report counts twice": ("I4", DOUBLED, ended(left_revision=2)),
    "a report is in no total": (
        *("I4", MISMATCHED),
        other("aggregation", "fact", entered_revision=None),
    ),
    "a report left by an older decision": ("I8", MISMATCHED, ended(left_decision_no=1)),
    "a ward was not told": ("I5", LOST, without("notification", "notice")),
    "a ward was told twice": ("I5", DOUBLED, twice("notification", "notice")),
    "a signal is missing": ("I5", LOST, without("notification", "signal")),
    "a signal came twice": ("I5", DOUBLED, twice("notification", "signal")),
    "a stream has a hole": ("I5", LOST, saw(0, 3)),
    "a stream went back": ("I5", MISMATCHED, saw(3, 1)),
    "a stream repeated": ("I5", MISMATCHED, saw(1, 1, 3)),
    "an event was never told": ("I6", LOST, untold),
    "an event was told again without a reason": ("I6", DOUBLED, retold(500)),
    "events were told in the wrong order": ("I8", MISMATCHED, told_backwards),
    "a hostile record left no letter": ("I7", LOST, hostile(cause="none")),
    "a hostile record died of something else": ("I7", MISMATCHED, hostile(cause="22001")),
    "a good record is dead": ("I7", LOST, hostile(record_offset=5)),
    "an old decision replaced a new one": (
        *("I8", MISMATCHED),
        other("aggregation", "fact", decision_no=1),
    ),
    "decisions have a gap": ("I8", MISMATCHED, without("validation", "decision")),
    "an event was never applied": ("I9", LOST, applied(0)),
    "an event was applied twice": ("I9", DOUBLED, applied(2)),
    "an event was applied that nobody told": ("I9", MISMATCHED, applied_from_nowhere),
    "an inbox lacks a claim": ("I9", LOST, without("aggregation", "inbox")),
    "a schema is open": ("I10", MISMATCHED, crossed),
    "a group is behind": ("I11", LOST, behind),
    "a partition has no reader": ("I11", MISMATCHED, unowned),
    "memory grew": ("I12", MISMATCHED, swollen),
    "connections leak": ("I12", MISMATCHED, many_connections),
    "a decision is gone": ("I13", LOST, without("validation", "decision", 1)),
    "a decision was made twice": ("I13", DOUBLED, twice("validation", "decision", 1)),
    "a wish to withdraw is gone": ("I13", LOST, asked(op="delete")),
    "a read mark is gone": ("I13", LOST, asked(op="read", notice="n")),
    "an act is not in the audit": ("I13", LOST, without("submission", "audit")),
    "an act was changed": ("I13", MISMATCHED, other("validation", "audit", action="x")),
}


@pytest.mark.parametrize(("invariant", "kind", "change"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_breaks_its_invariant(invariant: str, kind: str, change: Change) -> None:
    evidence = sound()
    change(evidence)
    verdict = verdicts(evidence)[invariant]
    assert getattr(verdict, kind) > 0
    assert any(example.startswith(kind) for example in verdict.examples)


def test_what_is_allowed_breaks_nothing() -> None:
    evidence = sound()
    ended()(evidence)
    hostile()(evidence)
    retold(500)(evidence)
    evidence.faults = [Fault("kill", "validation-1", 490, 491)]
    asked(outcome="unknown", content=OTHER)(evidence)
    asked(op="approve", who=REVIEWER, key="k", told=1)(evidence)
    evidence.seen = [Seen("page", "inbox", "26536", "", 1), *evidence.seen[1:]]
    assert broken(evidence) == set()
