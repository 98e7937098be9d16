"""The chain over the audit: each hash covers the hash before it and one row.

It is made by the one leader, after the commits: were it made in the transactions themselves,
all who write would wait for each other.
"""

import json
from datetime import UTC
from hashlib import sha256
from typing import Any, Final

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.unit import Unit

MOST_SEALED: Final = 10_000
"""Rows that one run of the job seals."""
READ_AT_ONCE: Final = 5_000
COLUMNS: Final = """
    audit.id, audit.at, audit.who, audit.action, audit.object, audit.version,
    audit.correlation_id, CAST(audit.details AS text) AS details
"""

log = structlog.get_logger()


async def seal(unit: Unit) -> None:
    """A job: chain what was committed since the last time, in the order of ids."""
    rows = await unit.session.execute(
        text(f"""
            DELETE FROM audit_unsealed USING audit
            WHERE audit.id = audit_unsealed.entry AND audit_unsealed.entry IN (
                SELECT entry FROM audit_unsealed ORDER BY entry LIMIT :most)
            RETURNING {COLUMNS}
        """),  # noqa: S608 - names of columns
        {"most": MOST_SEALED},
    )
    waiting = sorted(rows, key=lambda row: row.id)
    if not waiting:
        return
    position, hash_ = await head(unit.session)
    hashes = [hash_ := digest(hash_, row) for row in waiting]
    await unit.session.execute(
        text("""
            INSERT INTO audit_seal (position, entry, hash)
            SELECT :position + place, entry, hash
            FROM unnest(CAST(:entries AS bigint[]), CAST(:hashes AS bytea[])) WITH ORDINALITY
                 AS link (entry, hash, place)
        """),
        {"position": position, "entries": [row.id for row in waiting], "hashes": hashes},
    )
    # Whoever keeps this line elsewhere can show later that the chain was not made anew.
    log.info("audit_sealed", rows=len(waiting), head=f"{position + len(waiting)}:{hash_.hex()}")


async def head(session: AsyncSession) -> tuple[int, bytes]:
    """The last position of the chain and its hash."""
    found = await session.execute(
        text("SELECT position, hash FROM audit_seal ORDER BY position DESC LIMIT 1")
    )
    last = found.one_or_none()
    if last is not None:
        return last.position, last.hash
    return 0, beginning(await session.scalar(text("SELECT current_schema()")) or "")


def beginning(schema: str) -> bytes:
    """What stands in the place of a hash before the first one."""
    return sha256(f"audit of {schema}".encode()).digest()


def digest(before: bytes, row: Row[Any]) -> bytes:
    """The hash of a row of `COLUMNS` that follows the hash before it."""
    at, details = row.at.astimezone(UTC).isoformat(), json.loads(row.details)
    written = [row.id, at, row.who, row.action, row.object, row.version, row.correlation_id]
    canonical = json.dumps([*written, details], sort_keys=True, separators=(",", ":"))
    return sha256(before + canonical.encode()).digest()
