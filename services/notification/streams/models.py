"""The table that remembers how far a log was purged."""

from typing import ClassVar

from sqlalchemy import BigInteger, Column, Text
from sqlmodel import Field, SQLModel


class Purged(SQLModel, table=True):
    """The highest position that was deleted from a log: who stopped before it starts anew."""

    __tablename__: ClassVar[str] = "purged"
    __table_args__ = ({"schema": "notification"},)

    log: str = Field(sa_column=Column(Text, primary_key=True))
    position: int = Field(sa_type=BigInteger)
