"""What the rules say of a report beside the one that counts for the period before."""

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from contracts import reports
from contracts.content import Content
from contracts.decisions import CheckedAgainst
from contracts.period import Period, PeriodError
from contracts.rules import NOTHING_FOUND, Facts, Outcome, evaluate, rulebook
from contracts.template import Template


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


def previous_id(ward: str, template: Template, period: Period) -> UUID | None:
    """The id of the ward's report for the period before, which the rules compare with.

    None where no rule looks back, and for the first period that has a code.
    """
    if not rulebook(template).looks_back:
        return None
    return _id_before(ward, template.code, period.code, period.scheme)


@lru_cache(maxsize=4_096)
def _id_before(ward: str, template: str, period: str, scheme: str) -> UUID | None:
    before = _code_before(period, scheme)
    return reports.report_id(ward, template, before) if before else None


@lru_cache(maxsize=1_024)
def _code_before(period: str, scheme: str) -> str | None:
    try:
        return Period.parse(period, scheme).previous.code
    except PeriodError:
        return None


UNJUDGED = Verdict()


def judge(
    template: Template, content: Content, period: Period, basis: Basis | None, *, correction: bool
) -> Verdict:
    """The rules' verdict on a report."""
    facts = Facts(content, period, basis.content if basis else None, correction)
    return Verdict(evaluate(template, facts), basis.checked_against if basis else None)
