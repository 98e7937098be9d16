"""I2, I3 and I6: what is at rest, what each service knows of a version, what was told."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.chaos.checker.contents import normal
from tests.chaos.checker.evidence import SERVICES, Evidence, Row, Told
from tests.chaos.checker.verdict import Findings, Verdict

PENDING: Final = ("received", "waiting")
REACH_SECONDS: Final = 30.0
"""After a fault's end a relay may tell again what it told: its answers were lost."""


def nothing_pends(evidence: Evidence) -> Verdict:
    """I2."""
    found = Findings("I2", "at rest everything is decided on, and nothing is on its way")
    heard = {str(row["report_id"]): row for row in evidence.rows("validation", "report")}
    for row in evidence.rows("submission", "report"):
        found.counted += 1
        report = str(row["report_id"])
        if (judged := heard.get(report)) is None:
            found.lost(f"{evidence.address[report]} never came to validation")
        elif judged["submission_no"] != row["submission_no"]:
            told, known = row["submission_no"], judged["submission_no"]
            found.lost(f"{evidence.address[report]}: {told} things were said, {known} were heard")
        elif judged["state"] in PENDING:
            found.lost(f"{evidence.address[report]} is still {judged['state']}")
    _work_pends(evidence, found)
    return found.verdict()


def _work_pends(evidence: Evidence, found: Findings) -> None:
    """What a service's own jobs have still to do."""
    for fact in evidence.rows("aggregation", "fact"):
        if fact["pending"]:
            found.lost(f"{evidence.address.get(str(fact['report_id']))} waits for its template")
    for each in evidence.rows("aggregation", "figure_set"):
        if each["announced_revision"] != each["revision"]:
            where = f"{each['template_code']}/{each['period_code']}"
            found.lost(
                f"{where} is at revision {each['revision']}, told {each['announced_revision']}"
            )
    for service in SERVICES:
        if unsealed := len(evidence.rows(service, "audit_unsealed")):
            found.lost(f"{unsealed} acts of {service} are not in the audit's chain")


def versions_are_everywhere(evidence: Evidence) -> Verdict:
    """I3."""
    found = Findings("I3", "every version is in validation, every decision wherever it is followed")
    sent = _versions(evidence.rows("submission", "report_version"))
    judged = _versions(evidence.rows("validation", "version"))
    for key in sorted(sent.keys() | judged.keys()):
        found.counted += 1
        name = f"{evidence.address.get(key[0], key[0])} version {key[1]}"
        if key not in judged:
            found.lost(f"{name} is not in validation")
        elif key not in sent:
            found.doubled(f"{name} is in validation and was never kept by submission")
        elif _said(evidence, sent[key]) != _said(evidence, judged[key]):
            found.mismatched(f"{name} has other content in validation")
    for row in evidence.rows("validation", "report"):
        for words in _followed(evidence, row, judged):
            found.mismatched(f"{evidence.address[str(row['report_id'])]}: {words}")
    return found.verdict()


def _versions(rows: Any) -> dict[tuple[str, int], Row]:  # noqa: ANN401 - rows of versions
    return {(str(row["report_id"]), row["version"]): row for row in rows}


def _said(evidence: Evidence, row: Row, content: str = "content") -> str:
    code = evidence.address[str(row["report_id"])].split("/")[1]
    return normal(row[content], evidence.template(code, row["template_version"]))


def _followed(evidence: Evidence, row: Row, judged: Mapping[tuple[str, int], Row]) -> Iterator[str]:
    """Who follows the decisions and does not know the last of them."""
    report, last = str(row["report_id"]), row["decision_no"]
    if not last:
        return
    for service, table in _FOLLOWERS:
        known = evidence.keyed(service, table).get(report)
        if known is None:
            yield f"{service} knows no decision, validation {last}"
            continue
        for column in ("decision_no", "state"):
            if known[column] != row[column]:
                yield f"{service} has {column} {known[column]}, validation {row[column]}"
        if known.get("counted_version", row["counted_version"]) != row["counted_version"]:
            counts = known["counted_version"]
            yield f"{service} counts {counts}, validation {row['counted_version']}"
    fact = evidence.keyed("aggregation", "fact").get(report)
    counted = judged.get((report, row["counted_version"] or 0))
    if fact and counted and fact["counted_version"] == row["counted_version"]:
        code = row["template_code"]
        template = evidence.template(code, counted["template_version"])
        due = {name: part for name, part in counted["content"].items() if name in _NUMBERS}
        if normal(fact["counted"], template) != normal(due, template):
            yield "aggregation counts other content"


_FOLLOWERS: Final = (
    ("submission", "report_status"),
    ("aggregation", "fact"),
    ("notification", "standing"),
)
_NUMBERS: Final = ("values", "lists", "gaps")


def outboxes_are_told(evidence: Evidence) -> Verdict:
    """I6."""
    found = Findings("I6", "outboxes are empty; each event was told, and told by one relay")
    for service in SERVICES:
        for row in evidence.rows(service, "outbox"):
            why = f", refused: {row['refused']}" if row["refused"] else ""
            found.lost(
                f"{service} still has event {row['event_id']} for {row['topic']} to tell{why}"
            )
    standing = defaultdict(list)
    for told in evidence.told:
        standing[told.id].append(told)
    for event, what in _announced(evidence):
        found.counted += 1
        if event not in standing:
            found.lost(f"{what} was never told: {event} stands in no topic")
    for event, places in standing.items():
        for repeat in _unexplained(evidence, places):
            where = "/".join(map(str, repeat.place))
            found.doubled(f"{event} was told again at {where}, with no fault near")
    return found.verdict()


def _announced(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """The id of every event that a service keeps beside what it announces."""
    for row in evidence.rows("submission", "report_version"):
        name = evidence.address[str(row["report_id"])]
        yield str(row["event_id"]), f"{name} version {row['version']}"
    for row in evidence.rows("submission", "withdrawal_request"):
        yield str(row["event_id"]), f"a withdrawal of {evidence.address[str(row['report_id'])]}"
    for row in evidence.rows("validation", "decision"):
        name = evidence.address[str(row["report_id"])]
        yield str(row["event_id"]), f"decision {row['decision_no']} on {name}"
    for row in evidence.rows("aggregation", "figure_set"):
        if row["event_id"]:
            name = f"{row['template_code']}/{row['period_code']}"
            yield str(row["event_id"]), f"revision {row['announced_revision']} of {name}"


def _unexplained(evidence: Evidence, places: list[Told]) -> Iterator[Told]:
    """Repeats of an event that no fault explains; a hostile copy is explained by itself."""
    own = [told for told in places if evidence.genuine(told)]
    for repeat in sorted(own, key=lambda told: told.timestamp)[1:]:
        near = (
            fault.began - 1 <= repeat.timestamp <= fault.ended + REACH_SECONDS
            for fault in evidence.faults
        )
        if not any(near):
            yield repeat
