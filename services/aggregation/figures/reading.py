"""Figure sets made ready to be read: totals, template and wards brought together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import catalogue
from contracts.catalogue import WardDefined
from contracts.figures import Coverage, Figure
from contracts.period import Period, PeriodError
from contracts.template import Template
from services.aggregation.contributions.measures import Measure
from services.aggregation.contributions.plans import plan
from services.aggregation.contributions.repository import SetKey
from services.aggregation.figures import repository
from services.aggregation.figures.domain import Attendance, Standing, figures


class NoSuchTemplate(LookupError):
    """No template has that code."""


class NoSuchPeriod(LookupError):
    """The template is not reported for that period; ``args[0]`` is the reason's code."""


@dataclass(frozen=True, slots=True)
class FigureSheet:
    """All figures of one template and period, at one revision."""

    template: Template
    period: Period
    revision: int
    as_of: datetime
    coverage: Coverage
    measures: tuple[Measure, ...]
    figures: tuple[Figure, ...]

    @property
    def state(self) -> str:
        """Another text whenever the figures are others: the revision, once there is one."""
        if self.revision:
            return str(self.revision)
        return f"0.{self.template.version}.{self.coverage.expected}"

    def measure(self, code: str) -> Measure:
        """How the figures of that code are made."""
        return next(measure for measure in self.measures if measure.code == code)


async def named(session: AsyncSession, code: str, period_code: str) -> tuple[Template, Period]:
    """The template that is valid at the end of a period, and the period.

    Raises:
        NoSuchTemplate: when the code is unknown.
        NoSuchPeriod: with ``period-unknown``, ``frequency-not-reported`` or
            ``before-template``.
    """
    [one] = await all_named(session, [(code, period_code)])
    return one


async def all_named(session: AsyncSession, keys: Sequence[SetKey]) -> list[tuple[Template, Period]]:
    """The same for many sets at once."""
    versions = await catalogue.every_version(session, {code for code, _ in keys})
    return [_named(versions.get(code, []), code, period) for code, period in keys]


def _named(versions: Sequence[Template], code: str, period_code: str) -> tuple[Template, Period]:
    """``versions`` are all of the template's, the newest first."""
    if not versions:
        raise NoSuchTemplate(code)
    newest = versions[0]
    try:
        period = Period.parse(period_code, newest.scheme)
    except PeriodError:
        raise NoSuchPeriod("period-unknown") from None
    if period.frequency not in newest.frequencies:
        raise NoSuchPeriod("frequency-not-reported")
    for version in versions:
        if version.valid_from <= period.ends_on:
            return version, period
    raise NoSuchPeriod("before-template")


async def sheets(
    session: AsyncSession, wanted: Sequence[tuple[Template, Period]], now: datetime
) -> list[FigureSheet]:
    """The figures of these sets; where nothing ever counted, null at revision 0 as of now."""
    keys = [(template.code, period.code) for template, period in wanted]
    standings = await repository.standings(session, keys)
    reported = {
        (code, each.template_version)
        for (code, _), standing in standings.items()
        for each in standing.contributors
    }
    versions = await catalogue.versions(session, reported)
    wards = await catalogue.wards(session)
    empty = Standing(0, now, {}, ())
    return [
        _sheet(template, period, standings.get(key, empty), wards, versions)
        for key, (template, period) in zip(keys, wanted, strict=True)
    ]


def _sheet(
    template: Template,
    period: Period,
    standing: Standing,
    wards: Sequence[WardDefined],
    versions: dict[tuple[str, int], Template],
) -> FigureSheet:
    wanted = plan(template).measures
    day = period.ends_on
    attendance = Attendance(
        catalogue.expected(template, wards, day),
        {ward.code: catalogue.kind_on(ward, day) for ward in wards},
        standing.contributors,
    )
    given = {
        version: frozenset(measure.code for measure in plan(other).measures)
        for (code, version), other in versions.items()
        if code == template.code
    }
    return FigureSheet(
        template=template,
        period=period,
        revision=standing.revision,
        as_of=standing.as_of,
        coverage=attendance.without(),
        measures=wanted,
        figures=tuple(figures(wanted, standing, attendance, given)),
    )
