"""Takes reports in, one or a batch of them: the way that every door into the service shares."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chassis.logging import correlation_id, traceparent
from chassis.problems import Problem
from chassis.unit import Unit
from contracts.reports import ReportSubmitted, ReportWithdrawalRequested
from services.submission.reports import reading, refusals, repository
from services.submission.reports.desk import Desk
from services.submission.reports.domain import Address, Sent, Standing
from services.submission.reports.refusals import Refused
from services.submission.reports.repository import NewVersion, NewWithdrawal

Guard = Callable[[Standing], None]
"""Raises when the sender's conditions do not hold."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, as an opaque id, by which channel, and in which request."""

    subject: str
    channel: str
    correlation_id: str = field(default_factory=correlation_id.get)
    traceparent: str | None = field(default_factory=traceparent.get)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a report stands after it was sent; ``fresh`` when that made a new version."""

    address: Address
    standing: Standing
    fresh: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A report as it came in, who sends it, and under which conditions."""

    address: Address
    body: object
    sender: Sender
    guard: Guard | None = None


async def take(unit: Unit, asked: Sequence[Asked]) -> list[Receipt | Refused | Problem]:
    """Keep these reports in their order and tell of every new version.

    For each its receipt, or why it is not kept: a refusal, or what its guard raised. That
    concerns no other.

    Raises:
        Problem: a guard's, on a report that was never sent. It was made only to be locked, and
            goes with the transaction; whoever asked for more tries each alone.
    """
    desk = await Desk.opened(unit, [one.address for one in asked])
    forms = [_form(desk, one) for one in asked]
    periods = {sent.address: sent.period for sent in forms if isinstance(sent, Sent)}
    standings = await repository.lock(unit.session, periods) if periods else {}
    outcomes = [
        sent if isinstance(sent, Refused) else _outcome(one, sent, standings, unit.now)
        for one, sent in zip(asked, forms, strict=True)
    ]
    _leave_nothing(outcomes, standings)
    fresh = [
        _told(unit, sent, outcome.standing, one.sender)
        for one, sent, outcome in zip(asked, forms, outcomes, strict=True)
        if isinstance(sent, Sent) and isinstance(outcome, Receipt) and outcome.fresh
    ]
    if fresh:
        await repository.add(unit.session, fresh)
    return outcomes


def _leave_nothing(
    outcomes: Sequence[Receipt | Refused | Problem], standings: Mapping[Address, Standing]
) -> None:
    if not all(standing.submission_no for standing in standings.values()):
        raise next(outcome for outcome in outcomes if isinstance(outcome, Problem))


def _form(desk: Desk, one: Asked) -> Sent | Refused:
    try:
        return desk.admit(one.address, one.body)
    except Refused as refused:
        return refused


def _outcome(
    one: Asked, sent: Sent, standings: dict[Address, Standing], now: datetime
) -> Receipt | Problem:
    standing = standings[sent.address]
    try:
        if one.guard:
            one.guard(standing)
    except Problem as problem:
        return problem
    changed = not standing.holds(sent.digest)
    if changed:
        standing = standings[sent.address] = standing.sent(sent.digest, now)
    return Receipt(sent.address, standing, changed)


def _told(unit: Unit, sent: Sent, standing: Standing, sender: Sender) -> NewVersion:
    event = ReportSubmitted(
        report_id=sent.address.report_id,
        ward_code=sent.address.ward,
        template_code=sent.address.template,
        template_version=sent.template_version,
        period=sent.period,
        submission_no=standing.submission_no,
        version=standing.version,
        content=sent.content,
        content_digest=sent.digest,
        submitted_at=unit.now,
        first_submitted_at=standing.first_submitted_at or unit.now,
        submitted_by=sender.subject,
        channel=sender.channel,
    )
    unit.in_the_name_of(sender.correlation_id, sender.traceparent)
    event_id = unit.emit(event)
    what, channel = f"report/{event.report_id}", sender.channel
    unit.audit(
        "sent", sender.subject, what, version=event.version, event_id=event_id, channel=channel
    )
    return NewVersion(sent, standing, sender.subject, sender.channel, event_id)


async def withdraw(unit: Unit, address: Address, subject: str, guard: Guard) -> Receipt:
    """Ask to take a report back; validation decides.

    Raises:
        Refused: ``unknown-report``, ``withdrawal-pending`` or ``nothing-to-withdraw``.
    """
    standings = await repository.locked(unit.session, [address])
    if address not in standings:
        raise refusals.unknown_report()
    guard(standings[address])
    standing = standings[address].withdrawn()
    [kept] = await reading.reports(unit.session, reading.Filter(address=address))
    event = ReportWithdrawalRequested(
        report_id=address.report_id,
        ward_code=address.ward,
        template_code=address.template,
        template_version=kept.latest.template_version,
        period=kept.period,
        submission_no=standing.submission_no,
        version=standing.version,
        requested_at=unit.now,
        requested_by=subject,
    )
    event_id = unit.emit(event)
    what, version = f"report/{event.report_id}", event.version
    unit.audit("withdrawal-requested", subject, what, version=version, event_id=event_id)
    asked = NewWithdrawal(address.report_id, standing, unit.now, subject, event_id)
    await repository.add_withdrawal(unit.session, asked)
    return Receipt(address, standing, fresh=True)
