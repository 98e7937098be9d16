"""The table of signals."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

SCHEMA = "notification"


class Signal(SQLModel, table=True):
    """One change; ``position`` rises in the order of commits."""

    __tablename__: ClassVar[str] = "signal"
    __table_args__ = (
        Index("signal_recorded_at", "recorded_at", postgresql_using="brin"),
        {"schema": SCHEMA},
    )

    position: int = Field(sa_column=Column(BigInteger, Identity(), primary_key=True))
    kind: str = Field(sa_type=Text)
    params: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
