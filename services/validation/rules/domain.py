"""What the rules say of a report beside the one that counts for the period before."""

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from contracts import reports
from contracts.content import Content
from contracts.decisions import CheckedAgainst
from contracts.period import Period
from contracts.rules import Facts, Outcome, evaluate
from contracts.template import Template

NOTHING_FOUND = Outcome()


@dataclass(frozen=True, slots=True)
class Basis:
    """The version that counts for the period before, and what it says."""

    checked_against: CheckedAgainst
    content: Content


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules found, and the version they compared with, if there was one.

    ``decision_no`` is the decision that this verdict came with; 0 as long as there is none.
    """

    outcome: Outcome = NOTHING_FOUND
    checked_against: CheckedAgainst | None = None
    decision_no: int = 0

    def compared_with(self, basis: Basis | None) -> bool:
        """Whether it is this version, or the same lack of one, that the rules compared with."""
        return _place(self.checked_against) == _place(basis.checked_against if basis else None)


def _place(against: CheckedAgainst | None) -> tuple[UUID, int] | None:
    return (against.report_id, against.version) if against else None


def previous_id(ward: str, template: str, period: Period) -> UUID:
    """The id of the ward's report for the period before, of the same frequency."""
    return reports.report_id(ward, template, _code_before(period))


@lru_cache(maxsize=1024)
def _code_before(period: Period) -> str:
    return period.previous.code


UNJUDGED = Verdict()


def judge(
    template: Template, content: Content, period: Period, basis: Basis | None, *, correction: bool
) -> Verdict:
    """The rules' verdict on a report."""
    facts = Facts(content, period, basis.content if basis else None, correction)
    return Verdict(evaluate(template, facts), basis.checked_against if basis else None)
