"""The tables of the judge: where each report stands, and append-only what led there."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from chassis import catalogue, keyed, tables

SCHEMA = "validation"

tables.declare(SQLModel.metadata, SCHEMA)
catalogue.declare(SQLModel.metadata, SCHEMA)
keyed.declare(SQLModel.metadata, SCHEMA)


def _instant(*, required: bool = True) -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=not required)


def _json(*, required: bool = True) -> Column[Any]:
    return Column(JSONB, nullable=not required)


class ReportRow(SQLModel, table=True):
    """Both tracks of a report, under whose row lock everything is decided.

    ``queued_at`` is set while it waits for a person; ``verdict_no`` is the decision that
    holds the rules' verdict on ``version``, 0 while there is none.
    """

    __tablename__: ClassVar[str] = "report"
    __table_args__ = (
        Index(
            "report_queued",
            "queued_at",
            "report_id",
            postgresql_where=text("queued_at IS NOT NULL"),
        ),
        Index("report_waiting", "report_id", postgresql_where=text("state = 'waiting'")),
        Index("report_by_period", "template_code", "period_code", "report_id"),
        CheckConstraint("counted_version <= version"),
        CheckConstraint("verdict_no <= decision_no"),
        CheckConstraint("decision_no >= 0"),
        {"schema": SCHEMA},
    )

    report_id: UUID = Field(primary_key=True)
    ward_code: str = Field(sa_type=Text)
    template_code: str = Field(sa_type=Text)
    period_code: str = Field(sa_type=Text)
    scheme: str = Field(sa_type=Text)
    submission_no: int
    version: int
    state: str = Field(sa_type=Text)
    counted_version: int | None
    decision_no: int
    verdict_no: int
    withdrawal: dict[str, Any] | None = Field(sa_column=_json(required=False))
    first_passed_submitted_at: datetime | None = Field(sa_column=_instant(required=False))
    queued_at: datetime | None = Field(sa_column=_instant(required=False))


class VersionRow(SQLModel, table=True):
    """One version as it came in; never changed and never deleted."""

    __tablename__: ClassVar[str] = "version"
    __table_args__ = (CheckConstraint("version >= 1"), {"schema": SCHEMA})

    report_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    template_version: int
    content: dict[str, Any] = Field(sa_column=_json())
    content_digest: str = Field(sa_type=Text)
    submitted_at: datetime = Field(sa_column=_instant())
    first_submitted_at: datetime = Field(sa_column=_instant())
    submitted_by: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    signed_off_by: str | None = Field(sa_type=Text)


class DecisionRow(SQLModel, table=True):
    """One decision and the event that told it; never changed and never deleted.

    ``decided_on_version`` is the version it is about: the revoked one of a revocation.
    """

    __tablename__: ClassVar[str] = "decision"
    __table_args__ = (
        CheckConstraint("decision_no >= 1"),
        CheckConstraint("(verdict_no = decision_no) = (verdict IS NOT NULL)"),
        CheckConstraint("verdict IS NOT NULL OR checked_against IS NULL"),
        {"schema": SCHEMA},
    )

    report_id: UUID = Field(primary_key=True)
    decision_no: int = Field(primary_key=True)
    event_id: UUID
    type: str = Field(sa_type=Text)
    version: int
    state: str = Field(sa_type=Text)
    counted_version: int | None
    decided_on_version: int
    decided_at: datetime = Field(sa_column=_instant())
    decided_by: str | None = Field(sa_type=Text)
    code: str | None = Field(sa_type=Text)
    note: str = Field(sa_type=Text)
    comments: list[Any] = Field(sa_column=_json())
    verdict_no: int
    verdict: dict[str, Any] | None = Field(sa_column=_json(required=False))
    """Findings, their number by severity, skipped rules."""
    checked_against: dict[str, Any] | None = Field(sa_column=_json(required=False))
    first_passed_submitted_at: datetime | None = Field(sa_column=_instant(required=False))
