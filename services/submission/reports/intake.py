"""Takes reports in, one or a batch of them: the way that every door into the service shares."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from chassis import catalogue
from chassis.clock import local_date
from chassis.unit import Unit
from contracts.catalogue import WardDefined
from contracts.period import Period
from contracts.reports import ReportSubmitted, ReportWithdrawalRequested
from contracts.template import Template
from services.submission.reports import domain, reading, refusals, repository
from services.submission.reports.domain import Address, Sent, Standing
from services.submission.reports.repository import NewVersion, NewWithdrawal

Guard = Callable[[Standing], None]
"""Raises when the sender's conditions do not hold."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, as an opaque id, and by which channel."""

    subject: str
    channel: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a report stands after it was sent; ``fresh`` when that made a new version."""

    address: Address
    standing: Standing
    fresh: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """What reports are checked against: the wards and templates they name, and today."""

    wards: dict[str, WardDefined]
    templates: dict[str, list[Template]]
    today: date

    @classmethod
    async def opened(cls, unit: Unit, addresses: Iterable[Address]) -> Self:
        """The desk for these reports."""
        wanted = set(addresses)
        return cls(
            await catalogue.some_wards(unit.session, {address.ward for address in wanted}),
            await catalogue.every_version(unit.session, {address.template for address in wanted}),
            local_date(unit.now),
        )

    def form(self, address: Address) -> tuple[Period, Template]:
        """The period of a report that is due or will be, and the form for it.

        Raises:
            Refused: ``unknown-ward``, ``unknown-template``, ``unknown-period``,
                ``period-not-offered``, ``template-not-valid``, ``ward-not-valid`` or
                ``report-not-owed``.
        """
        ward = self.wards.get(address.ward)
        if ward is None:
            raise refusals.unknown_ward()
        versions = self.templates.get(address.template)
        if versions is None:
            raise refusals.unknown_template()
        period = domain.period_of(versions, address.period)
        template = domain.template_for(versions, period)
        if not catalogue.is_valid(ward, period.ends_on):
            raise refusals.ward_not_valid(period.ends_on)
        if not catalogue.expected(template, [ward], period.ends_on):
            raise refusals.not_owed()
        return period, template

    def admit(self, address: Address, body: object) -> Sent:
        """The report, sound in form, for a period that is open.

        Raises:
            Refused: as `form` and `domain.read` do, or ``period-not-open``.
        """
        period, template = self.form(address)
        domain.require_open(period, self.today)
        return domain.read(address, period, template, body)


async def keep(
    unit: Unit, reports: Sequence[Sent], sender: Sender, guard: Guard | None = None
) -> list[Receipt]:
    """Keep these reports in their order and tell of every new version; a receipt for each."""
    periods = {sent.address: sent.period for sent in reports}
    standings = await repository.lock(unit.session, periods)
    receipts: list[Receipt] = []
    fresh: list[NewVersion] = []
    for sent in reports:
        standing = standings[sent.address]
        if guard:
            guard(standing)
        changed = not standing.holds(sent.digest)
        if changed:
            standing = standings[sent.address] = standing.sent(sent.digest, unit.now)
            fresh.append(_told(unit, sent, standing, sender))
        receipts.append(Receipt(sent.address, standing, changed))
    if fresh:
        await repository.add(unit.session, fresh)
    return receipts


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
