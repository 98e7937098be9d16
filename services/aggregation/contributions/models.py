"""What is known of every report, what it adds, and the totals of all that counts."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, DateTime, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from chassis import catalogue, tables

SCHEMA = "aggregation"

tables.declare(SQLModel.metadata, SCHEMA)
catalogue.declare(SQLModel.metadata, SCHEMA)


def _instant(*, required: bool = True) -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=not required)


def _json(*, required: bool = True) -> Column[Any]:
    return Column(JSONB, nullable=not required)


class Fact(SQLModel, table=True):
    """A report as its newest decision left it; what counts of it, and since when in the totals.

    A report whose template has not arrived is ``pending``: it counts, but adds nothing yet.
    What it adds follows from its content and template.
    """

    __tablename__: ClassVar[str] = "fact"
    __table_args__ = (
        Index("fact_by_period", "template_code", "period_code", "ward_code"),
        Index("fact_pending", "report_id", postgresql_where=text("pending")),
        CheckConstraint("num_nulls(counted_version, counted_template_version, counted) IN (0, 3)"),
        CheckConstraint("counted_version IS NOT NULL OR NOT pending"),
        CheckConstraint(
            "num_nulls(entered_revision, entered_decision_no, entered_at, nulls) IN (0, 4)"
        ),
        CheckConstraint("entered_revision IS NULL OR counted_version IS NOT NULL AND NOT pending"),
        {"schema": SCHEMA},
    )

    report_id: UUID = Field(primary_key=True)
    ward_code: str = Field(sa_type=Text)
    template_code: str = Field(sa_type=Text)
    period_code: str = Field(sa_type=Text)
    decision_no: int
    state: str = Field(sa_type=Text)
    version: int
    submitted_at: datetime = Field(sa_column=_instant())
    first_submitted_at: datetime = Field(sa_column=_instant())
    first_passed_submitted_at: datetime | None = Field(sa_column=_instant(required=False))
    decided_at: datetime = Field(sa_column=_instant())
    counted_version: int | None
    counted_template_version: int | None
    counted: dict[str, Any] | None = Field(sa_column=_json(required=False))
    """Values, lists and gaps of the version that counts."""
    pending: bool
    entered_revision: int | None
    """The first revision of its set in whose totals it is; null when it is in none."""
    entered_decision_no: int | None
    entered_at: datetime | None = Field(sa_column=_instant(required=False))
    nulls: list[Any] | None = Field(sa_column=_json(required=False))
    """``[code, breakdown]`` of each figure on which it says nothing."""
    edition: int
    """Raised by whoever writes the row: what was decided on another one is decided again."""


class FigureSet(SQLModel, table=True):
    """All figures of one template, period and basis. Its revision rises for ever.

    It is to be announced while ``revision`` is ahead of ``announced_revision``, and again
    when what ``announced_against`` says of wards and template holds no longer.
    """

    __tablename__: ClassVar[str] = "figure_set"
    __table_args__ = (
        Index(
            "figure_set_changed",
            "changed_at",
            postgresql_where=text("revision > announced_revision"),
        ),
        {"schema": SCHEMA},
    )

    template_code: str = Field(sa_type=Text, primary_key=True)
    period_code: str = Field(sa_type=Text, primary_key=True)
    basis: str = Field(sa_type=Text, primary_key=True)
    revision: int
    changed_at: datetime = Field(sa_column=_instant())
    announced_revision: int = Field(sa_column_kwargs={"server_default": "0"})
    announced_against: str | None = Field(sa_type=Text)
    event_id: UUID | None
    """The event that announced it, so that it can be announced again as the same."""


class EndedStay(SQLModel, table=True):
    """A version that was in the totals of a set, from a revision until another.

    A set at revision r is the sum over the ended stays with ``entered_revision <= r <
    left_revision`` and the facts with ``entered_revision <= r``, so what was published can be
    made again. Rows are written once and never touched.
    """

    __tablename__: ClassVar[str] = "contribution"
    __table_args__ = (
        Index("contribution_history", "template_code", "period_code", "basis", "entered_revision"),
        CheckConstraint("left_revision > entered_revision"),
        CheckConstraint("num_nonnulls(counted, sums) = 1"),
        {"schema": SCHEMA},
    )

    report_id: UUID = Field(primary_key=True)
    basis: str = Field(sa_type=Text, primary_key=True)
    entered_revision: int = Field(primary_key=True)
    template_code: str = Field(sa_type=Text)
    period_code: str = Field(sa_type=Text)
    ward_code: str = Field(sa_type=Text)
    version: int
    template_version: int
    decision_no: int
    entered_at: datetime = Field(sa_column=_instant())
    left_revision: int
    left_decision_no: int
    left_at: datetime = Field(sa_column=_instant())
    counted: dict[str, Any] | None = Field(sa_column=_json(required=False))
    """Values, lists and gaps of the version."""
    sums: list[Any] | None = Field(sa_column=_json(required=False))
    """Of stays older than this table's form: what they added, without their content."""


class Accumulator(SQLModel, table=True):
    """A total over all that counts in a set; of distinct counts, how many values there are.

    There is a row only where something was added. Who stands behind a total is not counted
    up here but looked up in the facts: the kinds of wards may change meanwhile.
    """

    __tablename__: ClassVar[str] = "accumulator"
    __table_args__ = ({"schema": SCHEMA},)

    template_code: str = Field(sa_type=Text, primary_key=True)
    period_code: str = Field(sa_type=Text, primary_key=True)
    basis: str = Field(sa_type=Text, primary_key=True)
    code: str = Field(sa_type=Text, primary_key=True)
    breakdown: str = Field(sa_type=Text, primary_key=True)
    numerator: Decimal = Field(sa_type=Numeric)
    denominator: Decimal = Field(sa_type=Numeric)


class Reconciliation(SQLModel, table=True):
    """When a set was last compared with its facts, and what differed; nothing is to."""

    __tablename__: ClassVar[str] = "reconciliation"
    __table_args__ = (Index("reconciliation_oldest", "checked_at"), {"schema": SCHEMA})

    template_code: str = Field(sa_type=Text, primary_key=True)
    period_code: str = Field(sa_type=Text, primary_key=True)
    basis: str = Field(sa_type=Text, primary_key=True)
    checked_at: datetime = Field(sa_column=_instant())
    differences: int


class DistinctValue(SQLModel, table=True):
    """In how many counted reports a value stands; at 0 it is gone from the count."""

    __tablename__: ClassVar[str] = "distinct_value"
    __table_args__ = ({"schema": SCHEMA},)

    template_code: str = Field(sa_type=Text, primary_key=True)
    period_code: str = Field(sa_type=Text, primary_key=True)
    basis: str = Field(sa_type=Text, primary_key=True)
    code: str = Field(sa_type=Text, primary_key=True)
    breakdown: str = Field(sa_type=Text, primary_key=True)
    value: str = Field(sa_type=Text, primary_key=True)
    reports: int
