"""I10: a service sees its own schema and no other."""

from typing import Final

from tests.chaos.checker.evidence import Evidence
from tests.chaos.checker.verdict import Findings, Verdict

REFUSED: Final = "42501"


def schemas_are_closed(evidence: Evidence) -> Verdict:
    """I10."""
    found = Findings("I10", "every read of another's table is refused with 42501")
    for role, table, state in evidence.crossings:
        found.counted += 1
        if state != REFUSED:
            said = f"the answer was {state}" if state else "it was read"
            found.mismatched(f"{role} may try to read {table}: {said}")
    if not evidence.crossings:
        found.mismatched("no read of another's table was tried")
    return found.verdict()
