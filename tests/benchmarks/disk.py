"""What the line writes: tables with their indexes, topics, and the write-ahead log."""

from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.stand import REPORT_TOPICS, SERVICES, Stand

WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"
TABLES = """
    SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname = $1 AND c.relname <> 'outbox'
"""
"""Without the outbox, which is empty at rest and uses its room again."""


async def used(stand: Stand, database: str) -> dict[str, float]:
    """Bytes by part so far."""
    connection = await stand.connect(database)
    try:
        found = {f"tables of {s}": float(await connection.fetchval(TABLES, s)) for s in SERVICES}
        found["write-ahead log"] = float(await connection.fetchval(WAL))
    finally:
        await connection.close()
    return found | {"topics": float(sum(size(stand.layout.data / "kafka", REPORT_TOPICS)))}


def size(folder: Path, topics: tuple[str, ...]) -> list[int]:
    """Bytes of each file of these topics' logs; indexes are made in advance and say nothing."""
    files = [file for topic in topics for file in folder.rglob(f"{topic}-*/*.log")]
    return [file.stat().st_size for file in files if file.exists()]


def grown(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """What came on top."""
    return {part: after[part] - before[part] for part in after}
