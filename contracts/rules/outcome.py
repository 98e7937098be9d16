"""What the rules say about one report."""

from collections import Counter
from collections.abc import Iterable
from itertools import accumulate

from pydantic_core import to_json

from contracts.decisions import EXPLANATION_MISSING, MOST_FINDINGS, RULE_ERRORS, Finding
from contracts.event import Contract
from contracts.template import ERROR, INFO, WARNING

SYSTEM = "system"
"""Severity of a rule that could not be evaluated; it never returns a report."""

NULL_OPERAND, NO_PREVIOUS, NEW_ROW = "null-operand", "no-previous", "new-row"
"""Known reasons for leaving a rule out."""

MOST_BYTES = 40_000
"""Room for findings in an event that may carry two contents; an explanation repeats itself."""

_GRAVEST_FIRST = (ERROR, WARNING, SYSTEM, INFO)


class Skipped(Contract):
    """A rule that could not be applied, so many times, because names had no value."""

    rule: str
    reason: str
    missing: tuple[str, ...]
    times: int = 1

    @property
    def uncompared(self) -> bool:
        """Whether a comparison with the period before was left out."""
        return any(name.startswith("prev_") for name in self.missing)


class Outcome(Contract):
    """Findings, the gravest first, and what was left out.

    ``returns`` is the reason code with which the report goes back to its ward, or null.
    ``severities`` counts every finding, those beyond the first hundred too.
    """

    findings: tuple[Finding, ...] = ()
    findings_omitted: int = 0
    severities: dict[str, int] = {}
    skipped: tuple[Skipped, ...] = ()
    returns: str | None = None

    @property
    def clean(self) -> bool:
        """Nothing was found, and nothing was left uncompared."""
        return not self.severities and not any(skip.uncompared for skip in self.skipped)

    @property
    def failed_rules(self) -> tuple[str, ...]:
        """The rules that could not be evaluated, each once."""
        failed = (finding.rule for finding in self.findings if finding.severity == SYSTEM)
        return tuple(dict.fromkeys(failed))


NOTHING_FOUND = Outcome()


def _fitting(findings: list[Finding]) -> tuple[Finding, ...]:
    """As many of them as an event has room for."""
    sizes = accumulate(len(to_json(finding)) for finding in findings)
    return tuple(f for f, size in zip(findings, sizes, strict=True) if size <= MOST_BYTES)


def conclude(
    found: Iterable[tuple[Finding, bool]], skipped: Iterable[tuple[str, str, tuple[str, ...]]]
) -> Outcome:
    """Sum up findings, each with whether it is explained enough, and skipped rules."""
    pairs = sorted(found, key=lambda pair: _GRAVEST_FIRST.index(pair[0].severity))
    severities = Counter(finding.severity for finding, _ in pairs)
    unexplained = any(f.severity == WARNING and not explained for f, explained in pairs)
    missing = EXPLANATION_MISSING if unexplained else None
    kept = _fitting([finding for finding, _ in pairs[:MOST_FINDINGS]])
    return Outcome(
        findings=kept,
        findings_omitted=len(pairs) - len(kept),
        severities=dict(severities),
        skipped=tuple(
            Skipped(rule=rule, reason=reason, missing=missing_names, times=times)
            for (rule, reason, missing_names), times in Counter(skipped).items()
        ),
        returns=RULE_ERRORS if severities[ERROR] else missing,
    )
