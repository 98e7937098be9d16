"""The table of contacts: the only personal data of the service, given by the person."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, Column, DateTime, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel


class Contact(SQLModel, table=True):
    """A person's address, language and wishes, and the wards their last token named."""

    __tablename__: ClassVar[str] = "contact"
    __table_args__ = (
        CheckConstraint("language IN ('vi', 'en')"),
        Index("contact_by_ward", "wards", postgresql_using="gin"),
        {"schema": "notification"},
    )

    subject: str = Field(sa_column=Column(Text, primary_key=True))
    email: str | None = Field(sa_type=Text)
    language: str = Field(sa_type=Text)
    wants: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    wards: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    version: int
    updated_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
