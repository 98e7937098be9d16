"""The table of deliveries: one row per event, recipient and channel."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, DateTime, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

SCHEMA = "notification"


def _instant(*, required: bool = True) -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=not required)


class Delivery(SQLModel, table=True):
    """A message on its way to one person; the address is looked up when it is sent.

    While it is pending ``next_attempt_at`` is when it is due; a worker that takes it moves
    that to the end of its lease, so that another takes over when it dies.
    """

    __tablename__: ClassVar[str] = "delivery"
    __table_args__ = (
        UniqueConstraint("event_id", "recipient", "channel"),
        Index("delivery_due", "next_attempt_at", postgresql_where=text("state = 'pending'")),
        Index("delivery_recorded_at", "recorded_at"),
        CheckConstraint("state IN ('pending', 'sent', 'failed', 'dropped')"),
        CheckConstraint("attempts >= 0"),
        {"schema": SCHEMA},
    )

    id: UUID = Field(primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    event_id: UUID
    recipient: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    ward_code: str = Field(sa_type=Text)
    template_code: str = Field(sa_type=Text)
    period_code: str = Field(sa_type=Text)
    period_scheme: str = Field(sa_type=Text)
    params: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    happened_at: datetime = Field(sa_column=_instant())
    recorded_at: datetime = Field(sa_column=_instant())
    state: str = Field(sa_type=Text)
    attempts: int
    next_attempt_at: datetime = Field(sa_column=_instant())
    ended_at: datetime | None = Field(sa_column=_instant(required=False))
    last_error: str | None = Field(sa_type=Text)
