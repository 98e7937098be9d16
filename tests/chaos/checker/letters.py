"""I7: dead letters are the hostile records that had to become some, and nothing else."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Final

from tests.chaos.checker.evidence import APPLIED, IGNORED, SERVICES, Evidence, Place, Row
from tests.chaos.checker.verdict import Findings, Verdict

HARMLESS: Final = (APPLIED, IGNORED)
REPLAYED: Final = "replayed"


def only_hostile_are_dead(evidence: Evidence) -> Verdict:
    """I7."""
    found = Findings("I7", "dead letters = hostile records that had to become some; no good event")
    for service in SERVICES:
        letters: dict[Place, list[Row]] = defaultdict(list)
        for row in evidence.rows(service, "dead_letter"):
            letters[row["topic"], row["partition"], row["record_offset"]].append(row)
        _of_service(evidence, service, letters, found)
    return found.verdict()


def _of_service(
    evidence: Evidence, service: str, letters: Mapping[Place, list[Row]], found: Findings
) -> None:
    due = _due(evidence, service)
    for place in sorted(due.keys() | letters.keys()):
        found.counted += 1
        where, rows = f"{service}: {'/'.join(map(str, place))}", letters.get(place, [])
        cause = due.get(place)
        if cause is None:
            for row in rows:
                if row["state"] != REPLAYED:
                    why = f"{row['event_type']}, {row['cause']}: {row['detail'][:80]}"
                    found.lost(f"{where} is dead and hurt nobody ({why})")
        elif not rows:
            found.lost(f"{where}, {cause[1]}, is no dead letter with the cause {cause[0]}")
        elif len(rows) > 1:
            found.doubled(f"{where}, {cause[1]}, is {len(rows)} dead letters")
        elif not rows[0]["cause"].startswith(cause[0]):
            found.mismatched(f"{where}, {cause[1]}, is dead by {rows[0]['cause']}, not {cause[0]}")


def _due(evidence: Evidence, service: str) -> Mapping[Place, tuple[str, str]]:
    """The cause and the kind of each record that this service has to set aside, by place."""
    found: dict[Place, tuple[str, str]] = {}
    for place, digest in evidence.places.items():
        record = evidence.harmful.get((place[0], digest))
        cause = record and record.expected.get(service)
        if record and cause and cause not in HARMLESS:
            found[place] = (cause, record.kind)
    return found


def set_aside(evidence: Evidence, service: str) -> Counter[str]:
    """Ids of events that this service set aside and has not applied since."""
    return Counter(
        str(row["event_id"])
        for row in evidence.rows(service, "dead_letter")
        if row["event_id"] and row["state"] != REPLAYED
    )
