"""Which catalogues were loaded; wards and templates stand in the chassis' tables."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, DateTime, Text
from sqlmodel import Field, SQLModel

from chassis import catalogue, keyed, tables

SCHEMA = "submission"

tables.declare(SQLModel.metadata, SCHEMA)
catalogue.declare(SQLModel.metadata, SCHEMA)
keyed.declare(SQLModel.metadata, SCHEMA)


class CatalogueLoad(SQLModel, table=True):
    """The files of one release were loaded.

    A replica of an older release, still running beside it, does not load its own again.
    """

    __tablename__: ClassVar[str] = "catalogue_load"
    __table_args__ = ({"schema": SCHEMA},)

    digest: str = Field(sa_type=Text, primary_key=True)
    loaded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
