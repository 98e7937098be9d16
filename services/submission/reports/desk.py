"""What reports are checked against before they are taken."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Self

from chassis import catalogue
from chassis.clock import local_date
from chassis.unit import Unit
from contracts.catalogue import WardDefined
from contracts.period import Period
from contracts.template import Template
from services.submission.reports import domain, refusals
from services.submission.reports.domain import Address, Sent


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
