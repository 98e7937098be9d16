"""What is known of each report, and how much waits in each queue. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final
from uuid import UUID, uuid5

from contracts.decisions import ApprovalRevoked, Decision, ReportWithdrawn, WithdrawalRefused
from contracts.reports import ReportSubmitted, ReportWithdrawalRequested

Heard = ReportSubmitted | ReportWithdrawalRequested | Decision

ANSWERS: Final = (ApprovalRevoked, ReportWithdrawn, WithdrawalRefused)
"""The decisions after which no withdrawal request is open."""

FIRST: Final = 1
"""Submission's number of the first version of a report: less than that of any request."""
_QUEUES: Final = UUID("5a7c9f2e-3d1b-5e64-8c0f-9b2a6d4e1168")


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits together: the reports of one template and period."""

    template_code: str
    period_code: str
    period_scheme: str = field(compare=False)

    @property
    def id(self) -> UUID:
        """The id of the one notice about it."""
        return uuid5(_QUEUES, f"{self.template_code}/{self.period_code}")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a report stands: its newest decision, and whether the ward asks for it back.

    ``sent_no`` and ``asked_no`` are submission's numbers of the newest version and request:
    who sends again asks no more. ``answered_at`` is the last decision that leaves no request open.
    """

    queue: Queue
    decision_no: int = 0
    state: str = ""
    counts: bool = False
    submitted_at: datetime | None = None
    sent_no: int = 0
    asked_no: int = 0
    asked_at: datetime | None = None
    answered_at: datetime | None = None

    def joined(self, other: "Standing") -> "Standing":
        """Both together, whichever was heard first."""
        newest = max(self, other, key=lambda standing: standing.decision_no)
        return replace(
            newest,
            sent_no=max(self.sent_no, other.sent_no),
            asked_no=max(self.asked_no, other.asked_no),
            asked_at=_later(self.asked_at, other.asked_at),
            answered_at=_later(self.answered_at, other.answered_at),
        )


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits in a queue, and since when the oldest of it."""

    queue: Queue
    reports: int
    withdrawals: int
    oldest: datetime | None

    @property
    def params(self) -> dict[str, Any]:
        """What is kept of it, and compared with what was kept before."""
        at = self.oldest.isoformat() if self.oldest else None
        return {"reports": self.reports, "withdrawals": self.withdrawals, "at": at}

    @property
    def total(self) -> int:
        """Everything that a reviewer has to decide."""
        return self.reports + self.withdrawals

    def grew(self, before: Mapping[str, Any]) -> bool:
        """Whether more waits than before: only then does it ask for attention again."""
        return self.total > int(before["reports"]) + int(before["withdrawals"])


def moves(event: Heard) -> bool:
    """Whether an event says where a report stands: the first thing said of it does not.

    No decision and no request can be older than that.
    """
    return type(event) is not ReportSubmitted or event.submission_no > FIRST


def standings(events: Iterable[Heard]) -> dict[UUID, Standing]:
    """What a batch says of each report, in the order of their ids."""
    known: dict[UUID, Standing] = {}
    for event in events:
        told = _standing(event)
        before = known.get(event.report_id)
        known[event.report_id] = told if before is None else before.joined(told)
    return {report: known[report] for report in sorted(known, key=attrgetter("int"))}


def queue(event: Heard) -> Queue:
    """Where a report waits, if it does."""
    return _queue(event.template_code, event.period.code, event.period.scheme)


# A batch has many reports of few queues.
_queue = lru_cache(maxsize=1_024)(Queue)


def _standing(event: Heard) -> Standing:
    if isinstance(event, ReportSubmitted):
        return Standing(queue(event), sent_no=event.submission_no)
    if isinstance(event, ReportWithdrawalRequested):
        number, at = event.submission_no, event.requested_at
        return Standing(queue(event), asked_no=number, asked_at=at)
    return Standing(
        queue(event),
        event.decision_no,
        event.state,
        counts=event.counted_version is not None,
        submitted_at=event.submitted_at,
        answered_at=event.decided_at if type(event) in ANSWERS else None,
    )


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)
