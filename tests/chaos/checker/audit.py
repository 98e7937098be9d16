"""Follows each service's chain over its audit anew: a changed, removed or moved row shows."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC
from hashlib import sha256

from tests.chaos.checker.evidence import Evidence, Row


def broken(evidence: Evidence, service: str) -> Iterator[str]:
    """What does not fit in a service's chain."""
    rows: Mapping[int, Row] = {row["id"]: row for row in evidence.rows(service, "audit")}
    before = sha256(f"audit of {service}".encode()).digest()
    sealed = set()
    for expected, link in enumerate(evidence.rows(service, "audit_seal"), start=1):
        sealed.add(link["entry"])
        if link["position"] != expected:
            yield f"{service}'s audit has no position {expected}"
            return
        row = rows.get(link["entry"])
        if row is None:
            yield f"{service}'s audit lacks row {link['entry']}"
        elif _link(before, row) != link["hash"]:
            yield f"row {link['entry']} of {service}'s audit is not what was sealed"
        before = link["hash"]
    waiting = {row["entry"] for row in evidence.rows(service, "audit_unsealed")}
    for entry in sorted(rows.keys() - sealed - waiting):
        yield f"row {entry} of {service}'s audit is outside of the chain"


def _link(before: bytes, row: Row) -> bytes:
    said = [
        row["id"],
        row["at"].astimezone(UTC).isoformat(),
        *(row[name] for name in ("who", "action", "object", "version", "correlation_id")),
        row["details"],
    ]
    return sha256(
        before + json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    ).digest()
