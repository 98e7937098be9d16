"""How a report looks from outside."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from chassis import actions, security
from chassis.actions import Action
from chassis.periods import PeriodView
from chassis.security import Identity
from contracts.content import Content
from contracts.decisions import CheckedAgainst, Comment, Finding
from contracts.period import Period
from services.submission.reports.domain import Address, Standing
from services.submission.reports.reading import Kept, Version, WholeVersion
from services.submission.reports.refusals import Refused

SENDERS = frozenset({security.WARD_OFFICER, security.WARD_LEADER, security.SYSTEM})
"""Roles that send reports, each for its own wards."""


class Latest(Version):
    """The newest version a ward sent, and what became of it."""

    state: str


class DecisionView(BaseModel):
    """The newest decision: about ``version``, which need not be the latest any more."""

    kind: str
    decision_no: int
    version: int
    state: str
    decided_at: datetime
    decided_by: str | None = None
    code: str | None = None
    note: str = ""
    comments: tuple[Comment, ...] = ()
    findings: tuple[Finding, ...] = ()
    findings_omitted: int = 0
    checked_against: CheckedAgainst | None = None
    revoked_version: int | None = None


class Summary(BaseModel):
    """A report in a list: its two tracks, and the newest decision without its findings."""

    report_id: UUID
    ward_code: str
    template_code: str
    period: PeriodView
    latest: Latest | None = None
    counted_version: int | None = None
    first_submitted_at: datetime | None = None
    withdrawal_requested: bool = False
    decision: DecisionView | None = None


class Previous(BaseModel):
    """What counts for the period before; null where nothing does."""

    period: PeriodView
    version: int | None = None
    content: Content | None = None


class ReportView(Summary):
    """A report with its content, and what the caller may do with it.

    ``latest`` and ``content`` are null while it was never sent.
    """

    content: Content | None = None
    allowed_actions: list[Action]
    previous: Previous | None = None


class ReceiptView(BaseModel):
    """What became of a report that was sent."""

    report_id: UUID
    version: int
    state: str
    counted_version: int | None
    content_digest: str
    submitted_at: datetime


def summary(kept: Kept) -> Summary:
    """A report in a list."""
    return Summary(**_facts(kept), decision=_decision(kept, findings=()))


def _facts(kept: Kept) -> dict[str, Any]:
    return {
        "report_id": kept.address.report_id,
        "ward_code": kept.address.ward,
        "template_code": kept.address.template,
        "period": PeriodView.of(kept.period),
        "latest": Latest(**kept.latest.model_dump(), state=kept.standing.state),
        "counted_version": kept.standing.counted_version,
        "first_submitted_at": kept.standing.first_submitted_at,
        "withdrawal_requested": kept.standing.withdrawing,
    }


def _decision(kept: Kept, **instead: object) -> DecisionView | None:
    return DecisionView.model_validate(kept.decision | instead) if kept.decision else None


def report(
    kept: Kept, latest: WholeVersion | None, caller: Identity, before: Previous | None
) -> ReportView:
    """A report with its content."""
    return ReportView(
        **_facts(kept),
        decision=_decision(kept),
        content=latest.content if latest else None,
        allowed_actions=allowed_actions(caller, kept.address, None, kept.standing),
        previous=before,
    )


def unsent(
    address: Address,
    period: Period,
    cannot_send: Refused | None,
    caller: Identity,
    before: Previous,
) -> ReportView:
    """A report that was never sent: what the form starts from."""
    return ReportView(
        report_id=address.report_id,
        ward_code=address.ward,
        template_code=address.template,
        period=PeriodView.of(period),
        allowed_actions=allowed_actions(caller, address, cannot_send, Standing()),
        previous=before,
    )


def previous(period: Period, counted: WholeVersion | None) -> Previous:
    """What counts for the period before."""
    known = counted.model_dump(include={"version", "content"}) if counted else {}
    return Previous(period=PeriodView.of(period), **known)


def allowed_actions(
    caller: Identity, address: Address, cannot_send: Refused | None, standing: Standing
) -> list[Action]:
    """What the caller may do with a report."""
    return [
        _action("send", caller, address, cannot_send),
        _action("withdraw", caller, address, standing.cannot_withdraw()),
    ]


def _action(name: str, caller: Identity, address: Address, refused: Refused | None) -> Action:
    if caller.roles.isdisjoint(SENDERS):
        return actions.refused(name, "another-role", security.ANOTHER_ROLE)
    if address.ward not in caller.wards:
        return actions.refused(name, "another-ward", security.ANOTHER_WARD)
    if refused:
        return actions.refused(name, refused.slug, refused.detail)
    return actions.allowed(name)


def receipt(address: Address, standing: Standing) -> ReceiptView:
    """The answer to a report that was sent."""
    if standing.submitted_at is None:
        raise ValueError("a report that was sent has an instant of receipt")
    return ReceiptView(
        report_id=address.report_id,
        version=standing.version,
        state=standing.state,
        counted_version=standing.counted_version,
        content_digest=standing.digest,
        submitted_at=standing.submitted_at,
    )
