"""Who is told what when a report moves. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID

from contracts.decisions import (
    DECISIONS,
    ApprovalRevoked,
    ReportApproved,
    ReportReturned,
    ReportWithdrawn,
    WithdrawalRefused,
)
from contracts.reports import ReportSubmitted, ReportWithdrawalRequested
from contracts.template import ERROR
from services.notification.waiting.domain import Backlog, Heard, Queue, queue

WARD, ROLE, PERSON = "ward", "role", "person"
"""Kinds of recipients."""

RECEIVED, RETURNED, APPROVED, REVOKED = "received", "returned", "approved", "revoked"
WITHDRAWN, WITHDRAWAL_REFUSED, WAITING = "withdrawn", "withdrawal-refused", "waiting"
"""Kinds of notices."""

KEPT: Final = timedelta(days=90)
"""Notices are kept so long; what happened longer ago tells nobody, whenever it is heard."""

KINDS: Final[dict[type[Heard], str]] = {
    ReportSubmitted: RECEIVED,
    ReportReturned: RETURNED,
    ReportApproved: APPROVED,
    ApprovalRevoked: REVOKED,
    ReportWithdrawn: WITHDRAWN,
    WithdrawalRefused: WITHDRAWAL_REFUSED,
}


INSTANTS: Final[Mapping[type[Heard], str]] = {
    ReportSubmitted: "submitted_at",
    ReportWithdrawalRequested: "requested_at",
    **dict.fromkeys(DECISIONS, "decided_at"),
}
"""What says when it happened, by the clock of the service that tells it."""
SAID: Final[Mapping[type[Heard], tuple[str, ...]]] = {
    kind: tuple(name for name in ("code", "note") if name in kind.model_fields) for kind in KINDS
}
"""What was said to the ward. Asked of the type: an event without it would be asked in vain."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a notice is for: a ward, a role, or one person."""

    kind: str
    id: str

    @property
    def audience(self) -> str:
        """Both in one text."""
        return f"{self.kind}:{self.id}"


REVIEWERS: Final = Recipient(ROLE, "reviewer")


@dataclass(frozen=True, slots=True)
class Telling:
    """One notice to one recipient of what happened ``at``; ``calls``: it asks for attention."""

    recipient: Recipient
    kind: str
    event_id: UUID
    at: datetime
    queue: Queue
    params: Mapping[str, Any]
    report_id: UUID | None = None
    ward_code: str | None = None
    cleared: bool = False
    calls: bool = True

    @property
    def id(self) -> UUID:
        """The event's, of which its ward alone is told; of a queue there is only one."""
        return self.queue.id if self.kind == WAITING else self.event_id


def tell_ward(event: Heard, event_id: UUID, now: datetime) -> Telling | None:
    """What the ward is told of an event, if anything."""
    kind = KINDS.get(type(event))
    if kind is None or now - (at := happened_at(event)) > KEPT:
        return None
    return Telling(
        Recipient(WARD, event.ward_code),
        kind,
        event_id,
        at,
        queue(event),
        params(event),
        event.report_id,
        event.ward_code,
    )


def tell_reviewers(
    backlog: Backlog, before: Mapping[str, Any] | None, event_id: UUID, now: datetime
) -> Telling | None:
    """What the reviewers are told of a queue, if it is news; ``before`` is its notice."""
    if before == backlog.params or (before is None and not backlog.total):
        return None
    return Telling(
        REVIEWERS,
        WAITING,
        event_id,
        now,
        backlog.queue,
        backlog.params,
        cleared=not backlog.total,
        calls=before is None or backlog.grew(before),
    )


def happened_at(event: Heard) -> datetime:
    """When it happened."""
    at: datetime = getattr(event, INSTANTS[type(event)])
    return at


def params(event: Heard) -> dict[str, Any]:
    """What is kept of an event: a text is made from this when it is read."""
    told: dict[str, Any] = {"version": _version(event), "at": happened_at(event).isoformat()}
    for name in SAID[type(event)]:
        told[name] = getattr(event, name)
    if type(event) is ReportReturned:
        told["comments"] = len(event.comments)
        told["errors"] = sum(finding.severity == ERROR for finding in event.findings)
    return {name: value for name, value in told.items() if value}


def path(kind: str, ward: str | None, template: str, period: str) -> str:
    """Where a web portal shows what a notice is about."""
    if kind == WAITING:
        return "/reviews?" + urlencode({"template": template, "period": period})
    return "/reports/" + "/".join(quote(part, safe="") for part in (ward or "", template, period))


def _version(event: Heard) -> int:
    """The version that the ward is told about: with a revocation, that which counted."""
    if type(event) is ApprovalRevoked:
        return event.revoked_version
    if type(event) is WithdrawalRefused and event.counted_version:
        return event.counted_version
    return event.version
