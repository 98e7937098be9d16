"""I12: after all faults, processes hold about as much memory and as many connections as before."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

import psutil

from tests.chaos.checker.evidence import SERVICES, Evidence, Usage
from tests.chaos.checker.schemas import connected
from tests.chaos.checker.verdict import Findings, Verdict

GROWTH: Final = 1.5
SLACK_BYTES: Final = 64 * 1024 * 1024
"""Caches of templates and plans, and what the allocator keeps, grow in the first minutes."""
CONNECTIONS: Final = 14
"""Of one process: ten in its pool, and some of their own for relay, tail and one more."""
SESSIONS: Final = """
    SELECT usename, count(*), count(*) FILTER (WHERE xact_start < now() - interval '1 minute')
    FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
    GROUP BY usename
"""


async def measure(dsn: str, pids: Mapping[str, int]) -> Usage:
    """What these processes hold now; by replica, such as ``validation-2``."""
    async with connected(dsn) as connection:
        sessions = await connection.fetch(SESSIONS)
    return Usage(
        {name: _resident(pid) for name, pid in pids.items()},
        {row[0]: row[1] for row in sessions},
        sum(row[2] for row in sessions),
    )


def _resident(pid: int) -> int:
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return int(sum(each.memory_info().rss for each in family))
    except psutil.Error:
        return 0


def back_to_normal(evidence: Evidence) -> Verdict:
    """I12."""
    found = Findings("I12", "memory and connections are near where they began")
    before, now = evidence.baseline, evidence.usage
    for name, held in now.memory.items():
        found.counted += 1
        allowed = before.memory.get(name, held) * GROWTH + SLACK_BYTES
        if held > allowed:
            found.mismatched(f"{name} holds {_mb(held)} MB, at first {_mb(before.memory[name])} MB")
        if not held:
            found.lost(f"{name} does not run")
    replicas = Counter(name.rpartition("-")[0] for name in now.memory)
    for role in SERVICES:
        found.counted += 1
        allowed = max(before.connections.get(role, 0), CONNECTIONS * max(replicas[role], 1))
        if now.connections.get(role, 0) > allowed:
            found.mismatched(f"{role} has {now.connections[role]} connections, {allowed} at most")
    if now.stuck:
        found.mismatched(f"{now.stuck} transactions have been open for more than a minute")
    return found.verdict()


def _mb(size: float) -> int:
    return round(size / 1024 / 1024)
