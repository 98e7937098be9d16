"""I9: each event was applied exactly once by each handler that it is for."""

from collections import Counter
from uuid import UUID

from tests.chaos.checker.evidence import SERVICES, Evidence
from tests.chaos.checker.letters import set_aside
from tests.chaos.checker.verdict import Findings, Verdict


def applied_once(evidence: Evidence) -> Verdict:
    """I9."""
    found = Findings("I9", "inbox = distinct ids in the topics = what the probe counted, once each")
    for service in SERVICES:
        _service(evidence, service, found)
    return found.verdict()


def _service(evidence: Evidence, service: str, found: Findings) -> None:
    due, dead = evidence.events(service), set_aside(evidence, service)
    inbox = Counter(str(row["event_id"]) for row in evidence.rows(service, "inbox"))
    times: Counter[str] = Counter()
    for row in evidence.applied:
        if row["service"] == service:
            times[str(row["event_id"])] += row["times"]
    mended = _mended(evidence, service)
    for event in sorted(due.keys() | inbox.keys() | times.keys()):
        found.counted += 1
        if event in due and event not in dead:
            name = f"{service}: {due[event].type} {event} of {due[event].key}"
            if not times[event]:
                found.lost(f"{name} was never applied")
            elif not inbox[event]:
                found.lost(f"{name} is not in the inbox")
        elif event not in due and event not in mended and (inbox[event] or times[event]):
            found.mismatched(f"{service} applied {event}, which no topic has for it")
        if times[event] > 1:
            found.doubled(f"{service} applied {event} {times[event]} times")


def _mended(evidence: Evidence, service: str) -> set[str]:
    """Ids that an operator gave to corrected records."""
    found = set()
    for row in evidence.rows(service, "dead_letter"):
        if row["correction"] and row["correction"].get("event_id"):
            found.add(str(UUID(str(row["correction"]["event_id"]))))
    return found
