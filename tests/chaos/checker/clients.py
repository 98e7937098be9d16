"""What clients sent and were told, beside what submission kept."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from tests.chaos.checker.contents import normal
from tests.chaos.checker.evidence import Evidence, Request, Row
from tests.chaos.checker.verdict import Findings, Verdict

SENDING = ("put", "bulk")


class Sent:
    """Every version that submission keeps, and the content that a client sent as it."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.kept: dict[tuple[str, int], Row] = {
            (evidence.address[str(row["report_id"])], row["version"]): row
            for row in evidence.rows("submission", "report_version")
        }
        self.puts: dict[str, list[Request]] = defaultdict(list)
        for request in evidence.requests:
            if request.op in SENDING and request.report and request.possible:
                self.puts[request.report].append(request)

    def content(self, report: str, version: int) -> Any:  # noqa: ANN401 - JSON
        """What a client sent that became this version; nothing when nobody did."""
        for put in self.puts[report]:
            if put.acknowledged and put.version == version:
                return put.content
        row = self.kept.get((report, version))
        kept = row and self.written(report, row["content"], row["template_version"])
        for put in self.puts[report]:
            if row and self.written(report, put.content, row["template_version"]) == kept:
                return put.content
        return None

    def template_version(self, report: str, version: int) -> int:
        """The version of the template that it was read by."""
        row = self.kept.get((report, version))
        return row["template_version"] if row else 1

    def written(self, report: str, content: Any, template: int = 1) -> str:  # noqa: ANN401 - JSON
        """A content in the writing that is the same for all that say the same."""
        return normal(content, self.evidence.template(report.split("/")[1], template))


def acknowledged_are_kept(evidence: Evidence) -> Verdict:
    """I1."""
    found = Findings("I1", "acknowledged PUTs = versions in submission, with equal content")
    sent = Sent(evidence)
    for report, puts in sent.puts.items():
        for put in puts:
            if put.acknowledged:
                found.counted += 1
                _one_put(found, sent, report, put)
        fresh = Counter(put.version for put in puts if put.acknowledged and put.status == 202)
        for version, times in fresh.items():
            if times > 1:
                found.lost(f"{report}: version {version} was given to {times} different PUTs")
    for words in _unsent(evidence, sent):
        found.doubled(words)
    return found.verdict()


def _one_put(found: Findings, sent: Sent, report: str, put: Request) -> None:
    row = sent.kept.get((report, put.version or 0))
    if row is None:
        found.lost(f"{report} version {put.version}, acknowledged to {put.who}, is not kept")
        return
    kept, said = (
        sent.written(report, content, row["template_version"])
        for content in (row["content"], put.content)
    )
    if kept != said:
        found.mismatched(f"{report} version {put.version} is kept with other content than was sent")


def _unsent(evidence: Evidence, sent: Sent) -> Iterator[str]:
    """Versions that nobody sent, or the same content more often than it was sent."""
    times: Counter[tuple[str, str]] = Counter()
    for report, puts in sent.puts.items():
        for put in puts:
            times[report, sent.written(report, put.content)] += put.tries
    for (report, version), row in sorted(sent.kept.items()):
        said = (report, sent.written(report, row["content"]))
        if not times[said]:
            yield f"{report} version {version} is kept, and no client sent it so often"
        times[said] -= times[said] > 0
    versions: dict[str, list[int]] = defaultdict(list)
    for report, version in sent.kept:
        versions[report].append(version)
    for row in evidence.rows("submission", "report"):
        report = evidence.address[str(row["report_id"])]
        if sorted(versions[report]) != list(range(1, row["latest_version"] + 1)):
            yield f"{report} is at {row['latest_version']} with {len(versions[report])} kept"


def requests_by(evidence: Evidence, *ops: str) -> Mapping[str, list[Request]]:
    """Requests of these kinds that may have been done, by report."""
    found: dict[str, list[Request]] = defaultdict(list)
    for request in evidence.requests:
        if request.op in ops and request.possible:
            found[request.report].append(request)
    return found
