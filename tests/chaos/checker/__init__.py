"""The independent checker: what clients were told, against what the line kept and told.

It knows the services only from outside: their HTTP by the clients' journal, their topics by the
broker's files, their schemas by SQL. Nothing of contracts, chassis or services is imported.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.chaos.checker import (
    acts,
    applied,
    boundary,
    clients,
    decoding,
    figures,
    flow,
    groups,
    journal,
    letters,
    order,
    schemas,
    segments,
    telling,
    usage,
)
from tests.chaos.checker.evidence import Evidence, Usage
from tests.chaos.checker.usage import measure
from tests.chaos.checker.verdict import Verdict

__all__ = ["INVARIANTS", "Evidence", "Facts", "Usage", "Verdict", "check", "gathered", "measure"]

INVARIANTS: Final[tuple[Callable[[Evidence], Verdict], ...]] = (
    clients.acknowledged_are_kept,
    flow.nothing_pends,
    flow.versions_are_everywhere,
    figures.figures_are_exact,
    telling.told_once,
    flow.outboxes_are_told,
    letters.only_hostile_are_dead,
    order.never_backwards,
    applied.applied_once,
    boundary.schemas_are_closed,
    groups.nothing_waits,
    usage.back_to_normal,
    acts.nothing_acknowledged_is_missing,
)
"""I1 to I13."""


@dataclass(frozen=True)
class Facts:
    """Where everything is. ``data`` holds ``journal`` and the broker's files in ``kafka/logs``.

    ``admin_dsn`` and ``bootstrap`` lead past any proxy; ``pids`` are those of the replicas.
    """

    data: Path
    admin_dsn: str
    bootstrap: str
    pids: Mapping[str, int] = field(default_factory=dict)
    baseline: Usage = field(default_factory=Usage)


async def check(facts: Facts) -> list[Verdict]:
    """Every invariant's verdict, of a line at rest."""
    evidence = await gathered(facts)
    return [invariant(evidence) for invariant in INVARIANTS]


async def gathered(facts: Facts) -> Evidence:
    """Everything there is to look at."""
    evidence = Evidence(baseline=facts.baseline)
    evidence.ends = await groups.ends(facts.bootstrap)
    evidence.groups = await groups.groups(facts.bootstrap)
    async with schemas.connected(facts.admin_dsn) as connection:
        evidence.tables = await schemas.tables(connection)
        evidence.applied = await schemas.applied(connection)
        evidence.crossings = await schemas.crossings(connection)
    evidence.usage = await measure(facts.admin_dsn, facts.pids)
    _read_journal(evidence, facts.data / "journal")
    _read_topics(evidence, facts.data / "kafka" / "logs")
    return evidence


def _read_journal(evidence: Evidence, directory: Path) -> None:
    lines = defaultdict(
        list, {path.stem: [*journal.lines(path)] for path in directory.glob("*.jsonl")}
    )
    evidence.requests = journal.requests(iter(lines["client"]))
    evidence.seen = journal.seen(iter(lines["streams"]))
    evidence.hostile = journal.hostile(iter(lines["hostile"]))
    evidence.faults = journal.faults(iter(lines["faults"]))


def _read_topics(evidence: Evidence, logs: Path) -> None:
    read = list(segments.records(logs))
    evidence.places = {raw.place: raw.digest for raw in read}
    evidence.told = [event for event in map(decoding.told, read) if event]
