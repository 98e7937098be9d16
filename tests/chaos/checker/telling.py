"""I5: each event told each recipient once, and readers of streams missed nothing."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from tests.chaos.checker.evidence import (
    DECISIONS,
    FIGURES,
    SUBMITTED,
    TEMPLATES,
    WARDS,
    Evidence,
    Seen,
    Told,
)
from tests.chaos.checker.verdict import Findings, Verdict

TELLS_WARDS: Final = (SUBMITTED, *(kind for kind in DECISIONS if "passed-rules" not in kind))
MAILED: Final[Mapping[str, str]] = {
    "wardline.report.returned.v1": "returned",
    "wardline.report.approved.v1": "approved",
    "wardline.report.approval-revoked.v1": "revoked",
}
Signal = tuple[str, str, int]
"""Kind of change, aggregate and sequence."""


def told_once(evidence: Evidence) -> Verdict:
    """I5."""
    found = Findings("I5", "one notice, signal and mail per event and recipient; streams are whole")
    heard = evidence.events("notification")
    _notices(evidence, heard, found)
    _signals(evidence, heard, found)
    _mails(evidence, heard, found)
    for words in unwhole(evidence):
        found.lost(words)
    for words in disordered(evidence.seen):
        found.mismatched(words)
    return found.verdict()


def _notices(evidence: Evidence, heard: Mapping[str, Told], found: Findings) -> None:
    due = Counter(
        (told.id, told.data["ward_code"]) for told in heard.values() if told.type in TELLS_WARDS
    )
    kept = Counter(
        (str(row["event_id"]), row["recipient_id"])
        for row in evidence.rows("notification", "notice")
        if row["recipient_kind"] == "ward"
    )
    _differences(found, due, kept, "notice of event {} to ward {}")


def _signals(evidence: Evidence, heard: Mapping[str, Told], found: Findings) -> None:
    due = Counter(
        _signal_of(told) for told in heard.values() if told.type not in {WARDS, TEMPLATES}
    )
    kept: Counter[Signal] = Counter()
    for row in evidence.rows("notification", "signal"):
        params = row["params"]
        if row["kind"] == "report":
            number = params.get("decision_no") or params.get("submission_no")
            kept[params["change"], params["report_id"], number] += 1
        elif row["kind"] == "figures":
            key = f"{params['template']}/{params['period']}/{params['basis']}"
            kept["figures", key, params["revision"]] += 1
    _differences(found, due, kept, "signal {} of {} number {}")


def _signal_of(told: Told) -> Signal:
    kind = "figures" if told.type == FIGURES else told.type.split(".")[2]
    return (kind, told.key, told.sequence)


def _mails(evidence: Evidence, heard: Mapping[str, Told], found: Findings) -> None:
    """Contacts that were as they are now when it happened must have one mail of it, not more."""
    due: Counter[tuple[str, str]] = Counter()
    for contact in evidence.rows("notification", "contact"):
        for told in heard.values():
            kind = MAILED.get(told.type)
            if (
                contact["email"]
                and kind in contact["wants"]
                and told.data["ward_code"] in contact["wards"]
            ):
                happened = datetime.fromisoformat(told.data["decided_at"])
                if contact["updated_at"] < happened:
                    due[told.id, contact["subject"]] += 1
    kept = Counter(
        (str(row["event_id"]), row["recipient"])
        for row in evidence.rows("notification", "delivery")
    )
    for at in due.keys() - kept.keys():
        found.lost(f"no mail of event {at[0]} to {at[1]}")
    for at, times in kept.items():
        found.counted += 1
        if times > 1:
            found.doubled(f"{times} mails of event {at[0]} to {at[1]}")


def _differences(found: Findings, due: Counter, kept: Counter, words: str) -> None:  # type: ignore[type-arg] # counters of one kind of key
    for at in sorted(due.keys() | kept.keys(), key=str):
        found.counted += 1
        if kept[at] < due[at]:
            found.lost(f"{words.format(*at)}: {kept[at]} instead of {due[at]}")
        elif kept[at] > due[at]:
            found.doubled(f"{words.format(*at)}: {kept[at]} instead of {due[at]}")


def disordered(seen: Sequence[Seen]) -> Iterator[str]:
    """Where a reader saw an id that is not after the one before, since it last began anew."""
    for reader, events in _by_reader(seen).items():
        last = 0
        for event in events:
            anew = event.event == "reset"
            behind = event.id < last or (event.event and event.id == last)
            if behind and not anew:
                yield f"{reader} saw {event.id} after {last}"
            last = event.id


def unwhole(evidence: Evidence) -> Iterator[str]:
    """Entries between the first and the last id that a reader saw, and did not see."""
    for reader, events in _by_reader(evidence.seen).items():
        positions = _positions(evidence, events[0])
        for stretch in _stretches(events):
            first, last = stretch[0].id, stretch[-1].id
            due = positions[bisect_right(positions, first) : bisect_right(positions, last)]
            missed = set(due) - {event.id for event in stretch if event.event}
            for position in sorted(missed):
                yield f"{reader} never saw {position}, between {first} and {last}"


def _stretches(events: Sequence[Seen]) -> Iterator[list[Seen]]:
    """What was seen without beginning anew; a reset ends one and begins the next."""
    stretch: list[Seen] = []
    for event in events:
        if event.event == "reset" and stretch:
            yield stretch
            stretch = []
        stretch.append(event)
    if stretch:
        yield stretch


def _by_reader(seen: Sequence[Seen]) -> Mapping[str, list[Seen]]:
    found: dict[str, list[Seen]] = defaultdict(list)
    for event in seen:
        found[f"{event.reader}'s stream of {event.log} {event.ward or ''}".strip()].append(event)
    return found


def _positions(evidence: Evidence, reader: Seen) -> list[int]:
    """Where entries for this reader stand; notices of queues move, so they are left out."""
    if reader.log == "signals":
        return sorted(row["position"] for row in evidence.rows("notification", "signal"))
    return sorted(
        row["position"]
        for row in evidence.rows("notification", "notice")
        if row["recipient_kind"] == "ward" and row["recipient_id"] == reader.ward
    )
