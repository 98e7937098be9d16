"""I13: whatever was acknowledged to anybody is still so, and stands in the audit."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Final

from tests.chaos.checker import audit
from tests.chaos.checker.clients import requests_by
from tests.chaos.checker.evidence import SERVICES, Evidence, Request, Row
from tests.chaos.checker.verdict import Findings, Verdict

MAKES: Final[Mapping[str, tuple[str, ...]]] = {
    "approve": ("approved",),
    "return": ("returned",),
    "revoke": ("approval-revoked",),
    "withdraw": ("approval-revoked",),
    "refuse-withdrawal": ("withdrawal-refused",),
}
"""The kind of decision that each act of a reviewer makes."""


def nothing_acknowledged_is_missing(evidence: Evidence) -> Verdict:
    """I13."""
    found = Findings("I13", "no acknowledged act is missing or done twice; audit chains verify")
    _decisions(evidence, found)
    _withdrawals(evidence, found)
    _marks(evidence, found)
    _audited(evidence, found)
    for service in SERVICES:
        found.counted += len(evidence.rows(service, "audit_seal"))
        for words in audit.broken(evidence, service):
            found.mismatched(words)
    return found.verdict()


def _decisions(evidence: Evidence, found: Findings) -> None:
    made: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in evidence.rows("validation", "decision"):
        kind = row["type"].split(".")[2] if "." in row["type"] else row["type"]
        if row["decided_by"]:
            made[evidence.address[str(row["report_id"])], kind, row["decided_by"]].append(row)
    for op, kinds in MAKES.items():
        for report, asked in requests_by(evidence, op).items():
            for who in {request.who for request in asked}:
                mine = [request for request in asked if request.who == who]
                rows = [row for kind in kinds for row in made[report, kind, who]]
                _by_version(found, f"{op} of {report} by {who}", mine, rows)


def _by_version(found: Findings, what: str, asked: list[Request], rows: list[Row]) -> None:
    """Each key that was acknowledged made one decision; no more keys than decisions."""
    done = Counter(row["decided_on_version"] for row in rows)
    for version in {request.version for request in asked}:
        mine = [request for request in asked if request.version == version]
        sure = {request.key or index for index, request in enumerate(mine) if request.acknowledged}
        most = {request.key or index for index, request in enumerate(mine)}
        found.counted += len(sure)
        if done[version or 0] < len(sure):
            found.lost(
                f"{what}, version {version}: {len(sure)} acknowledged, {done[version or 0]} made"
            )
        elif done[version or 0] > len(most):
            found.doubled(
                f"{what}, version {version}: {len(most)} asked, {done[version or 0]} made"
            )


def _withdrawals(evidence: Evidence, found: Findings) -> None:
    kept = Counter(
        (evidence.address[str(row["report_id"])], row["requested_by"])
        for row in evidence.rows("submission", "withdrawal_request")
    )
    for report, asked in requests_by(evidence, "delete").items():
        for who in {request.who for request in asked}:
            mine = [request for request in asked if request.who == who]
            sure = sum(request.acknowledged for request in mine)
            found.counted += sure
            if kept[report, who] < sure:
                found.lost(f"{report}: {sure} withdrawals of {who}, {kept[report, who]} kept")
            elif kept[report, who] > len(mine):
                found.doubled(
                    f"{report}: {kept[report, who]} withdrawals kept of {len(mine)} asked"
                )


def _marks(evidence: Evidence, found: Findings) -> None:
    kept = {
        (row["subject"], str(row["notice_id"]))
        for row in evidence.rows("notification", "read_mark")
    }
    for request in evidence.requests:
        if request.op == "read" and request.acknowledged and request.notice:
            found.counted += 1
            if (request.who, request.notice) not in kept:
                found.lost(f"{request.who} read notice {request.notice}, and no mark is kept")


def _audited(evidence: Evidence, found: Findings) -> None:
    """Every version and every decision of a person is one act of theirs."""
    acts = Counter(
        (row["who"], row["object"], row["version"], row["action"])
        for row in evidence.rows("submission", "audit")
    )
    for row in evidence.rows("submission", "report_version"):
        act = (row["submitted_by"], f"report/{row['report_id']}", row["version"], "sent")
        found.counted += 1
        if acts[act] != 1:
            name = evidence.address[str(row["report_id"])]
            say = found.doubled if acts[act] else found.lost
            say(f"the audit has {acts[act]} times that {name} version {row['version']} was sent")
    decided = Counter((row["who"], row["object"]) for row in evidence.rows("validation", "audit"))
    made = Counter(
        (row["decided_by"], f"report/{row['report_id']}")
        for row in evidence.rows("validation", "decision")
        if row["decided_by"]
    )
    for person, times in made.items():
        if decided[person] < times:
            who, what = person
            found.lost(f"the audit has {decided[person]} of {times} decisions of {who} on {what}")
