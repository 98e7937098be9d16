"""The table of what is known of each report."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, Text, text
from sqlmodel import Field, SQLModel


def _instant() -> Column[datetime]:
    return Column(DateTime(timezone=True))


class Standing(SQLModel, table=True):
    """Where a report stands, as the newest decision and request left it."""

    __tablename__: ClassVar[str] = "standing"
    __table_args__ = (
        Index(
            "standing_waiting",
            "template_code",
            "period_code",
            postgresql_where=text("state = 'in-review' OR asked_no > sent_no"),
        ),
        {"schema": "notification"},
    )

    report_id: UUID = Field(primary_key=True)
    template_code: str = Field(sa_type=Text)
    period_code: str = Field(sa_type=Text)
    decision_no: int
    state: str = Field(sa_type=Text)
    counts: bool
    submitted_at: datetime | None = Field(sa_column=_instant())
    sent_no: int
    asked_no: int
    asked_at: datetime | None = Field(sa_column=_instant())
    answered_at: datetime | None = Field(sa_column=_instant())
