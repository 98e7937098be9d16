"""Second act: the restore loses the newest commits, while Kafka and the clients know them."""

import argparse
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.demo import city as cities
from deploy.drill import checks, disaster, topics
from deploy.drill.checks import Verdict
from deploy.drill.line import Line
from deploy.drill.stream import Stream
from deploy.local.errors import StackError
from deploy.local.layout import SERVICE_PORTS
from deploy.local.progress import say, step

MARGIN = timedelta(minutes=5)
"""Groups begin so long before the restored moment."""


def play(line: Line, options: argparse.Namespace) -> list[Verdict]:
    """Play it; what was checked at the end."""
    line.start()
    city = line.asks(lambda api: cities.read(api, line.people.leader))
    with Stream(line, city.wards) as stream:
        with step("wards send, reviewers decide", done="done"):
            time.sleep(options.seconds)
        moment, known = datetime.now(UTC), len(stream.acknowledged)
        with step("… and go on, which the restore will lose", done="done"):
            time.sleep(options.seconds)
        before = lose_and_restore(line, stream, moment, known)
        with step("wards and reviewers go on", done="done"):
            time.sleep(options.seconds)
        stream.stop()
    with step("the line settles", done="done"):
        line.settle()
    told = line.told()
    return [
        kept(line, stream, told),
        rises(told, before),
        once(told),
        agree(line),
        checks.figures(line, stream, city.wards),
        checks.recomputed(line),
        checks.no_dead_letters(line),
        checks.audits(line, {}),
    ]


def lose_and_restore(line: Line, stream: Stream, moment: datetime, known: int) -> dict[str, int]:
    """Lose the directory, restore to the moment, make it safe; what was told before, by topic."""
    last = len(stream.acknowledged)
    disaster.lose(line.stack.postgres)
    say(f"! kill -9 of PostgreSQL; of {last} acknowledged, {last - known} after the moment")
    for service in line.stack.services:
        service.stop()
    line.archive.stop()
    before = {topic: len(records) for topic, records in line.told().items()}
    with step(f"copy in place, log replayed to {moment:%H:%M:%S}", done="done"):
        disaster.restore(line.stack.postgres, line.archive, moment.isoformat())
    line.back_up()
    make_safe(line, moment - MARGIN)
    with step("services", done="ready"):
        for service in line.stack.services:
            service.launch()
        for service in line.stack.services:
            service.await_ready()
    return before


def make_safe(line: Line, since: datetime) -> None:
    """What the runbook says: each service stopped, first tried, then done."""
    for name in SERVICE_PORTS:
        for go in ((), ("--go",)):
            ran = line.runs(name, "restored", "--since", since.isoformat(), *go)
            if ran.code:
                raise StackError(f"{name} restored: {ran.said}")
            say("    " + "\n    ".join(ran.said.splitlines()))


def kept(line: Line, stream: Stream, told: topics.Told) -> Verdict:
    """Every acknowledged version is there, except what was never told: nobody can know that."""
    missing = line.asks(lambda api: checks.missing_versions(api, line, stream.acknowledged))
    heard = {
        (record.event["report_id"], record.event["version"])
        for record in told["submission.reports"]
    }
    lost = [one for one in missing if (one.report_id, one.version) in heard]
    total = len(stream.acknowledged)
    found = f"{total - len(missing)} of {total}, never told: {len(missing) - len(lost)}"
    return Verdict("acknowledged versions read back as sent", found, not lost)


def rises(told: topics.Told, before: dict[str, int]) -> Verdict:
    """What was told after the restore has numbers above all that were told before."""
    wrong, new = 0, 0
    for topic in ("submission.reports", "validation.reports", "aggregation.figures"):
        numbers: dict[str, list[int]] = defaultdict(list)
        for record in told[topic][: before[topic]]:
            numbers[record.key].append(record.sequence)
        seen = {record.id for record in told[topic][: before[topic]]}
        for record in told[topic][before[topic] :]:
            if record.id not in seen:
                new += 1
                wrong += record.sequence <= max(numbers[record.key], default=0)
    return Verdict(
        "numbers given after the restore, above all before", f"{new - wrong} of {new}", not wrong
    )


def once(told: topics.Told) -> Verdict:
    """No number of an aggregate has two meanings: one event for each, and one content."""
    wrong, total = 0, 0
    for topic, records in told.items():
        if topic == "submission.catalogue":
            continue
        meanings: dict[tuple[str, int], set[str]] = defaultdict(set)
        for record in records:
            meanings[record.key, record.sequence].add(record.id)
        total += len(meanings)
        wrong += sum(len(ids) > 1 for ids in meanings.values())
    versions: dict[tuple[Any, Any], set[str]] = defaultdict(set)
    for record in told["submission.reports"]:
        if "content_digest" in record.event:
            key = (record.event["report_id"], record.event["version"])
            versions[key].add(record.event["content_digest"])
    wrong += sum(len(contents) > 1 for contents in versions.values())
    return Verdict("numbers with one meaning", f"{total - wrong} of {total}", not wrong)


def agree(line: Line) -> Verdict:
    """All four services say the same of every report."""
    query = """
        SELECT count(*), count(*) FILTER (WHERE s.state = v.state AND f.state = v.state
            AND n.state = v.state AND s.decision_no = v.decision_no
            AND f.decision_no = v.decision_no AND n.decision_no = v.decision_no
            AND r.latest_version = v.version
            AND s.counted_version IS NOT DISTINCT FROM v.counted_version
            AND f.counted_version IS NOT DISTINCT FROM v.counted_version)
        FROM validation.report v FULL JOIN submission.report r USING (report_id)
        LEFT JOIN submission.report_status s USING (report_id)
        LEFT JOIN aggregation.fact f USING (report_id)
        LEFT JOIN notification.standing n USING (report_id)
    """
    ((total, same),) = line.query(query)
    return Verdict("reports on which all services agree", f"{same} of {total}", same == total)
