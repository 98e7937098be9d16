"""The tables of reports: one row each, their versions for ever, and what was decided."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

SCHEMA = "submission"
PERIOD = r"^20[0-9]{2}(-(0[1-9]|1[0-2]|Q[1-4]|H[12]|9M|D[0-9]{2}))?$"
DIGEST = "^[0-9a-f]{64}$"


def _instant(*, required: bool = True) -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=not required)


def _report() -> Column[UUID]:
    return Column(ForeignKey(f"{SCHEMA}.report.report_id"), primary_key=True)


class Report(SQLModel, table=True):
    """A ward's report for one period, with the latest version's number and digest.

    ``latest_version`` is 0 only inside the transaction that makes the row.
    """

    __tablename__: ClassVar[str] = "report"
    __table_args__ = (
        UniqueConstraint("ward_code", "template_code", "period_code"),
        Index("report_by_period", "period_ends_on", "ward_code", "template_code", "period_code"),
        CheckConstraint("ward_code ~ '^[0-9]{5}$'"),
        CheckConstraint("template_code ~ '^[A-Z]{2,8}$'"),
        CheckConstraint(f"period_code ~ '{PERIOD}'"),
        CheckConstraint(f"latest_digest ~ '{DIGEST}'"),
        CheckConstraint("submission_no >= latest_version"),
        {"schema": SCHEMA},
    )

    report_id: UUID = Field(primary_key=True)
    ward_code: str = Field(sa_type=Text)
    template_code: str = Field(sa_type=Text)
    period_code: str = Field(sa_type=Text)
    period_scheme: str = Field(sa_type=Text)
    period_ends_on: date
    submission_no: int
    latest_version: int
    latest_digest: str | None = Field(sa_type=Text)
    latest_submitted_at: datetime | None = Field(sa_column=_instant(required=False))
    first_submitted_at: datetime | None = Field(sa_column=_instant(required=False))


class ReportVersion(SQLModel, table=True):
    """One version as it came in; never changed and never deleted."""

    __tablename__: ClassVar[str] = "report_version"
    __table_args__ = (
        UniqueConstraint("report_id", "submission_no"),
        CheckConstraint("version >= 1"),
        CheckConstraint(f"content_digest ~ '{DIGEST}'"),
        CheckConstraint("CAST(content AS text) IS NFC NORMALIZED"),
        {"schema": SCHEMA},
    )

    report_id: UUID = Field(sa_column=_report())
    version: int = Field(primary_key=True)
    submission_no: int
    template_version: int
    content: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    content_digest: str = Field(sa_type=Text)
    submitted_at: datetime = Field(sa_column=_instant())
    submitted_by: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    event_id: UUID = Field(unique=True)


class WithdrawalRequest(SQLModel, table=True):
    """A ward's wish to take its report back; never changed and never deleted.

    ``known_decision_no`` is the newest decision that was known here when it was asked.
    """

    __tablename__: ClassVar[str] = "withdrawal_request"
    __table_args__ = (CheckConstraint("version >= 1"), {"schema": SCHEMA})

    report_id: UUID = Field(sa_column=_report())
    submission_no: int = Field(primary_key=True)
    version: int
    known_decision_no: int
    requested_at: datetime = Field(sa_column=_instant())
    requested_by: str = Field(sa_type=Text)
    event_id: UUID = Field(unique=True)


class ReportStatus(SQLModel, table=True):
    """The newest decision on a report, as validation told it; it may arrive before anything."""

    __tablename__: ClassVar[str] = "report_status"
    __table_args__ = (CheckConstraint("decision_no >= 1"), {"schema": SCHEMA})

    report_id: UUID = Field(primary_key=True)
    decision_no: int
    version: int
    state: str = Field(sa_type=Text)
    counted_version: int | None
    decision: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class WithdrawalAnswer(SQLModel, table=True):
    """The newest decision that answers any earlier wish to withdraw."""

    __tablename__: ClassVar[str] = "withdrawal_answer"
    __table_args__ = ({"schema": SCHEMA},)

    report_id: UUID = Field(primary_key=True)
    decision_no: int
