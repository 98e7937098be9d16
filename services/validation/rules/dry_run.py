"""Checks a report that is not sent: looks up what it would be compared with, keeps nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import catalogue
from chassis.problems import FieldError, Problem
from chassis.refusals import INVALID
from contracts import reports, structure
from contracts.decisions import Finding
from contracts.period import Period, PeriodError
from contracts.problems import FieldProblem
from contracts.rules import derived_values
from contracts.template import ERROR, Template, Text
from services.validation.rules import repository
from services.validation.rules.domain import Verdict, judge, previous_id

NO_SUCH_WARD = Text(vi="Không có đơn vị này.", en="There is no such ward.")
NO_SUCH_TEMPLATE = Text(vi="Không có biểu mẫu này.", en="There is no such template.")
NO_SUCH_PERIOD = Text(
    vi="Biểu mẫu này không có kỳ báo cáo đó.", en="The template has no such period."
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found, in form and by the rules, and the figures made from the report."""

    template: Template
    problems: tuple[FieldProblem, ...]
    verdict: Verdict
    derived: Mapping[str, Decimal | int | None]


async def check(
    session: AsyncSession, ward: str, template_code: str, period_code: str, body: object
) -> Checked:
    """Check a body as the report it is to become; raises the `Problem` when there is none such."""
    if await catalogue.ward(session, ward) is None:
        raise _unknown("/ward", "unknown-ward", NO_SUCH_WARD)
    template, period = await _form(session, template_code, period_code)
    content, problems = structure.read(template, body)
    own = reports.report_id(ward, template.code, period.code)
    before = previous_id(ward, template, period)
    counted = await repository.counted(session, {own, before or own})
    basis = counted.get(before) if before else None
    verdict = judge(template, content, period, basis, correction=own in counted)
    return Checked(template, problems, verdict, derived_values(template, content))


async def _form(session: AsyncSession, code: str, period_code: str) -> tuple[Template, Period]:
    """The template version that a report for that period is written on."""
    newest = await catalogue.template(session, code)
    if newest is None:
        raise _unknown("/template", "unknown-template", NO_SUCH_TEMPLATE)
    try:
        period = Period.parse(period_code, newest.scheme)
    except PeriodError:
        raise _unknown("/period", "unknown-period", NO_SUCH_PERIOD) from None
    valid = await catalogue.template(session, code, on=period.ends_on)
    if valid is None or period.frequency not in valid.frequencies:
        raise _unknown("/period", "period-not-offered", NO_SUCH_PERIOD)
    return valid, period


def _unknown(pointer: str, code: str, message: Text) -> Problem:
    return Problem(422, "invalid", INVALID, errors=[FieldError(pointer, code, message)])


def as_finding(problem: FieldProblem) -> Finding:
    """A problem of form, said like a finding."""
    return Finding(
        rule=f"form:{problem.code}",
        severity=ERROR,
        pointers=(problem.pointer,),
        message=problem.message,
    )
