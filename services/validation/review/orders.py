"""What a person tells the judge to do, and doing it on a docket. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from contracts.decisions import Comment, Finding
from services.validation.review import domain, permission
from services.validation.review.docket import Docket
from services.validation.review.domain import Note, Step
from services.validation.review.permission import NEW_FINDINGS, SUPERSEDED, Refusal
from services.validation.review.places import exists
from services.validation.review.report import Report


@dataclass(frozen=True, slots=True)
class Order:
    """One decision on the version that the person saw."""

    report_id: UUID
    action: str
    version: int
    text: str = ""
    code: str = ""
    comments: tuple[Comment, ...] = ()


class Refused(Exception):
    """The judge does not do that now; ``findings`` are new ones, where those are the reason."""

    def __init__(self, refusal: Refusal, report: Report, findings: tuple[Finding, ...]) -> None:
        super().__init__(refusal.code)
        self.refusal, self.report, self.findings = refusal, report, findings


class NoSuchPlace(Exception):
    """Comments point at what the report does not have."""

    def __init__(self, numbers: list[int]) -> None:
        super().__init__(numbers)
        self.numbers = numbers


def carry_out(docket: Docket, order: Order, by: str) -> Step:
    """Decide as ordered; the docket holds what became of it.

    Raises:
        KeyError: there is no such report.
        Refused: not that, not now, or not by this person.
        NoSuchPlace: a comment points nowhere.
    """
    report = docket.reports[order.report_id]
    verdict = docket.rechecked(report)
    expected = permission.expected_version(report, order.action)
    if expected is not None and expected != order.version:
        raise Refused(SUPERSEDED, report, ())
    refused = permission.refusal(report, order.action, by, verdict)
    if refused:
        new = verdict.outcome.findings if refused is NEW_FINDINGS else ()
        raise Refused(refused, report, new)
    _require_places(docket, report, order)
    note = Note(by, docket.now, order.text, order.code, order.comments)
    if order.action == permission.APPROVE:
        step = domain.approve(report, note, verdict)
    else:
        step = _OTHERS[order.action](report, note)
    docket.add(step)
    return step


def _require_places(docket: Docket, report: Report, order: Order) -> None:
    template = docket.template(report)
    content = report.latest.content
    lost = [
        number
        for number, comment in enumerate(order.comments)
        if not exists(template, content, comment.pointer)
    ]
    if lost:
        raise NoSuchPlace(lost)


_OTHERS: Final[dict[str, Callable[[Report, Note], Step]]] = {
    permission.RETURN: domain.give_back,
    permission.REVOKE: domain.revoke,
    permission.WITHDRAW: domain.withdraw,
    permission.REFUSE_WITHDRAWAL: domain.refuse_withdrawal,
}
