"""The tables of the inbox: notices, and who read them."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from chassis import catalogue, tables

SCHEMA = "notification"

tables.declare(SQLModel.metadata, SCHEMA)
catalogue.declare(SQLModel.metadata, SCHEMA)


class Notice(SQLModel, table=True):
    """Something told to a ward, a role or a person.

    ``position`` rises in the order of commits; a notice that changes moves to a new one.
    ``calls`` counts how often it asked for attention.
    """

    __tablename__: ClassVar[str] = "notice"
    __table_args__ = (
        UniqueConstraint("position"),
        Index("notice_by_recipient", "recipient_kind", "recipient_id", "position"),
        Index("notice_recorded_at", "recorded_at", postgresql_using="brin"),
        {"schema": SCHEMA},
    )

    id: UUID = Field(primary_key=True)
    position: int = Field(sa_column=Column(BigInteger, Identity(), nullable=False))
    recipient_kind: str = Field(sa_type=Text)
    recipient_id: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    event_id: UUID
    report_id: UUID | None
    ward_code: str | None = Field(sa_type=Text)
    template_code: str = Field(sa_type=Text)
    period_code: str = Field(sa_type=Text)
    period_scheme: str = Field(sa_type=Text)
    params: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    cleared: bool
    calls: int
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class ReadMark(SQLModel, table=True):
    """How many calls of a notice a person has read."""

    __tablename__: ClassVar[str] = "read_mark"
    __table_args__ = (Index("read_mark_by_notice", "notice_id"), {"schema": SCHEMA})

    subject: str = Field(sa_column=Column(Text, primary_key=True))
    notice_id: UUID = Field(
        sa_column=Column(ForeignKey(f"{SCHEMA}.notice.id", ondelete="CASCADE"), primary_key=True)
    )
    calls: int
