"""Follows each service's chain over its audit anew: a changed, removed or moved row shows."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC
from hashlib import sha256

from tests.chaos.checker.evidence import Evidence, Row


def broken(evidence: Evidence, service: str) -> Iterator[str]:
    """What does not fit in a service's chain."""
    rows: Mapping[int, Row] = {row["id"]: row for row in evidence.rows(service, "audit")}
    before = beginning(service)
    sealed = set()
    for expected, seal in enumerate(evidence.rows(service, "audit_seal"), start=1):
        sealed.add(seal["entry"])
        if seal["position"] != expected:
            yield f"{service}'s audit has no position {expected}"
            return
        row = rows.get(seal["entry"])
        if row is None:
            yield f"{service}'s audit lacks row {seal['entry']}"
        elif link(before, row) != seal["hash"]:
            yield f"row {seal['entry']} of {service}'s audit is not what was sealed"
        before = seal["hash"]
    waiting = {row["entry"] for row in evidence.rows(service, "audit_unsealed")}
    for entry in sorted(rows.keys() - sealed - waiting):
        yield f"row {entry} of {service}'s audit is outside of the chain"


def beginning(service: str) -> bytes:
    """What stands in the place of a hash before the first one."""
    return sha256(f"audit of {service}".encode()).digest()


def link(before: bytes, row: Row) -> bytes:
    """The hash of a row that follows the hash before it."""
    said = [
        row["id"],
        row["at"].astimezone(UTC).isoformat(),
        *(row[name] for name in ("who", "action", "object", "version", "correlation_id")),
        row["details"],
    ]
    return sha256(
        before + json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    ).digest()
