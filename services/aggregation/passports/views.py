"""A figure's passport as people read it."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.paging import Page
from chassis.periods import PeriodView
from contracts.content import Gap
from contracts.figures import DISTINCT, RATIO
from contracts.template import Template, Text
from services.aggregation.completeness.domain import MISSING
from services.aggregation.contributions.measures import Measure
from services.aggregation.contributions.models import Fact
from services.aggregation.figures.domain import Total, exact, value
from services.aggregation.figures.views import (
    FigureView,
    Number,
    TemplateView,
    WardView,
    number,
)
from services.aggregation.passports.shares import Share


class OperandView(BaseModel):
    """A field or a column that the figure is made of."""

    code: str
    label: Text


class MadeOfView(BaseModel):
    """How the figure is made: numerators (over denominators), added up over reports."""

    numerators: list[OperandView]
    denominators: list[OperandView]
    rows: str | None
    """The list whose rows are added up."""
    where: str | None
    """Only rows on which this is marked."""
    prefix: int | None
    """Only so many first characters tell values apart."""


class ShareView(BaseModel):
    """What one version of a report adds; null where the ward says nothing."""

    ward: WardView
    report_id: UUID
    version: int
    template_version: int
    decision_no: int
    value: Number
    numerator: Number = None
    denominator: Number = None
    gaps: dict[str, Gap] = {}
    """Why it says nothing, by the field's pointer."""
    entered_revision: int
    entered_at: datetime


class ChangeView(BaseModel):
    """A version that entered or left the figure at a revision."""

    revision: int
    at: datetime
    change: str = Field(examples=["entered", "left"])
    ward: WardView
    report_id: UUID
    version: int
    decision_no: int
    value: Number
    numerator: Number = None
    denominator: Number = None


class MissingView(BaseModel):
    """A ward that owes the report and does not count, and how far it has come."""

    ward: WardView
    state: str
    report_id: UUID | None = None
    version: int | None = None


class PassportView(BaseModel):
    """Where a figure comes from; a ward's own people see their ward's part of it alone."""

    template: TemplateView
    period: PeriodView
    basis: str
    revision: int
    as_of: datetime
    figure: FigureView
    made_of: MadeOfView
    reports: list[ShareView]
    missing: list[MissingView]
    history: Page[ChangeView]


def made_of(template: Template, measure: Measure) -> MadeOfView:
    """How a figure is made."""
    return MadeOfView(
        numerators=_operands(template, measure.numerators),
        denominators=_operands(template, measure.denominators),
        rows=measure.rows,
        where=measure.where,
        prefix=measure.prefix,
    )


def _operands(template: Template, codes: tuple[str, ...]) -> list[OperandView]:
    fields = {code: template.column(code) for code in codes}
    return [
        OperandView(code=code, label=Text(vi=field.vi, en=field.en))
        for code, field in fields.items()
    ]


def share_view(measure: Measure, share: Share, ward: WardView) -> ShareView:
    """What counts now."""
    return ShareView(
        ward=ward,
        report_id=share.change.report_id,
        version=share.change.version,
        template_version=share.change.template_version,
        decision_no=share.change.decision_no,
        gaps=share.gaps,
        entered_revision=share.change.revision,
        entered_at=share.change.at,
        **_numbers(measure, share),
    )


def change_view(measure: Measure, share: Share, ward: WardView) -> ChangeView:
    """What entered or left."""
    return ChangeView(
        revision=share.change.revision,
        at=share.change.at,
        change=share.change.change,
        ward=ward,
        report_id=share.change.report_id,
        version=share.change.version,
        decision_no=share.change.decision_no,
        **_numbers(measure, share),
    )


def missing_view(ward: WardView, fact: Fact | None) -> MissingView:
    """A ward that does not count, with what is known of its report."""
    if fact is None:
        return MissingView(ward=ward, state=MISSING)
    return MissingView(ward=ward, state=fact.state, report_id=fact.report_id, version=fact.version)


def _numbers(measure: Measure, share: Share) -> dict[str, Number]:
    """A ward's own value, made as the city's is."""
    if share.silent:
        return {"value": None}
    if measure.method == DISTINCT:
        return {"value": share.values}
    own = number(value(measure, Total(share.numerator, share.denominator)))
    if measure.method != RATIO:
        return {"value": own}
    return {
        "value": own,
        "numerator": number(exact(share.numerator, measure.places)),
        "denominator": number(exact(share.denominator, measure.places)),
    }
