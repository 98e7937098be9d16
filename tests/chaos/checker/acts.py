"""I13: whatever was acknowledged to anybody is still so, and stands in the audit."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Final

from tests.chaos.checker import audit
from tests.chaos.checker.clients import requests_by
from tests.chaos.checker.evidence import SERVICES, Evidence, Request, Row
from tests.chaos.checker.verdict import Findings, Verdict

MADE_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "approved": ("approve",),
    "returned": ("return",),
    "approval-revoked": ("revoke", "withdraw"),
    "withdrawal-refused": ("refuse-withdrawal",),
}
"""The acts of reviewers that make each kind of decision."""


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
    for kind, ops in MADE_BY.items():
        for report, asked in requests_by(evidence, *ops).items():
            for who in {request.who for request in asked}:
                mine = [request for request in asked if request.who == who]
                name = f"{' or '.join(ops)} of {report} by {who}"
                _by_version(found, name, mine, made[report, kind, who], exact=len(ops) == 1)


def _by_version(
    found: Findings, what: str, asked: list[Request], rows: list[Row], *, exact: bool
) -> None:
    """Each key that was acknowledged made one decision; no more decisions than keys.

    Not ``exact``, the version named need not be the one that the decision is about.
    """
    done = Counter(row["decided_on_version"] if exact else 0 for row in rows)
    versions = [_named(request) if exact else 0 for request in asked]
    for version in set(versions):
        mine = [request for request, named in zip(asked, versions, strict=True) if named == version]
        sure = {request.key or place for place, request in enumerate(mine) if request.acknowledged}
        most = {request.key or place for place, request in enumerate(mine)}
        found.counted += len(sure)
        if done[version] < len(sure):
            found.lost(f"{what}, version {version}: {len(sure)} acknowledged, {done[version]} made")
        elif done[version] > len(most):
            found.doubled(f"{what}, version {version}: {len(most)} asked, {done[version]} made")


def _named(request: Request) -> int:
    """The version that a reviewer decided on."""
    return request.told or request.version or 0


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
