"""I8: what is newer is never replaced by what is older."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tests.chaos.checker.evidence import DECISIONS, Evidence, Row, Told
from tests.chaos.checker.verdict import Findings, Verdict

FOLLOWERS: Final = (
    ("submission", "report_status"),
    ("aggregation", "fact"),
    ("notification", "standing"),
)


def never_backwards(evidence: Evidence) -> Verdict:
    """I8."""
    found = Findings("I8", "decision numbers, versions and revisions never go backwards")
    newest: dict[str, int] = {}
    for told in evidence.told:
        if told.type in DECISIONS and evidence.genuine(told):
            newest[told.key] = max(newest.get(told.key, 0), told.sequence)
    for report, last in newest.items():
        found.counted += 1
        for service, table in FOLLOWERS:
            known = evidence.keyed(service, table).get(report)
            if known is not None and known["decision_no"] != last:
                number, name = known["decision_no"], evidence.address.get(report, report)
                found.mismatched(f"{service} has {name} at decision {number} of {last}")
    for words in _stays([*stays(evidence)], evidence.address):
        found.mismatched(words)
    for words in _steps(evidence.rows("validation", "decision"), evidence.address):
        found.mismatched(words)
    for words in first_told(evidence):
        found.mismatched(words)
    return found.verdict()


def stays(evidence: Evidence) -> Iterator[Row]:
    """Each stay of a version in the totals: those that ended, and those that go on."""
    for row in evidence.rows("aggregation", "contribution"):
        if row["basis"] == "reports":
            yield row
    for row in evidence.rows("aggregation", "fact"):
        if row["entered_revision"] is not None:
            yield row_of_fact(row)


def row_of_fact(row: Row) -> Row:
    """The stay that goes on of a report."""
    return {
        "report_id": row["report_id"],
        "version": row["counted_version"],
        "decision_no": row["entered_decision_no"],
        "entered_revision": row["entered_revision"],
        "left_revision": None,
        "left_decision_no": None,
    }


def _stays(rows: Sequence[Row], address: Mapping[str, str]) -> Iterator[str]:
    """What counted of a report, stay by stay: each begins by a later decision."""
    last: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: row["entered_revision"]):
        report, entered, left = str(row["report_id"]), row["decision_no"], row["left_decision_no"]
        name = address.get(report, report)
        if entered < last.get(report, 0):
            yield f"{name} was counted by decision {entered} after decision {last[report]}"
        if left is not None and left <= entered:
            yield f"{name} was counted by decision {entered} and left by decision {left}"
        last[report] = max(last.get(report, 0), entered, left or 0)


def _steps(rows: Sequence[Row], address: Mapping[str, str]) -> Iterator[str]:
    """Decisions on a report: numbers without a gap, versions that only rise."""
    by_report: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_report[str(row["report_id"])].append(row)
    for report, decisions in by_report.items():
        ordered = sorted(decisions, key=lambda row: row["decision_no"])
        if [row["decision_no"] for row in ordered] != list(range(1, len(ordered) + 1)):
            yield f"decisions on {address.get(report, report)} are not numbered in a row"
        versions = [row["version"] for row in ordered]
        if versions != sorted(versions):
            yield f"a decision on {address.get(report, report)} went back to an older version"


def first_told(evidence: Evidence) -> Iterator[str]:
    """Events of one aggregate and partition that were told for the first time out of order."""
    last: dict[tuple[str, int, str], int] = {}
    first: dict[str, Told] = {}
    for told in evidence.told:
        if evidence.genuine(told):
            known = first.setdefault(told.id, told)
            first[told.id] = min(known, told, key=lambda each: (each.timestamp, each.place))
    for told in sorted(first.values(), key=lambda told: told.place):
        at = (told.place[0], told.place[1], told.key)
        if told.sequence < last.get(at, 0):
            where = "/".join(map(str, told.place))
            yield f"number {told.sequence} of {told.key} follows {last[at]} at {where}"
        last[at] = max(told.sequence, last.get(at, 0))
