"""The chassis' tables as SQLAlchemy sees them, to compare models with migrations."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB


def declare(metadata: MetaData, schema: str) -> None:
    """Name every table of ``sql/v1.sql`` in a service's schema."""
    Table(
        "inbox",
        metadata,
        Column("event_id", Uuid, primary_key=True),
        Column("listener", Text, primary_key=True),
        Column("received_on", Date, nullable=False),
        Index("inbox_received_on", "received_on", postgresql_using="brin"),
        schema=schema,
    )
    Table(
        "outbox",
        metadata,
        Column("id", BigInteger, Identity(always=True, cache=1), primary_key=True),
        Column("event_id", Uuid, nullable=False),
        Column("topic", Text, nullable=False),
        Column("key", LargeBinary, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("payload", LargeBinary, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("refused", Text),
        Index("outbox_refused", "topic", "key", "id", postgresql_where=text("refused IS NOT NULL")),
        schema=schema,
    )
    Table(
        "job",
        metadata,
        Column("name", Text, primary_key=True),
        Column("last_run_at", DateTime(timezone=True), nullable=False),
        schema=schema,
    )
    _declare_dead_letter(metadata, schema)


def _declare_dead_letter(metadata: MetaData, schema: str) -> None:
    Table(
        "dead_letter",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("listener", Text, nullable=False),
        Column("topic", Text, nullable=False),
        Column("partition", Integer, nullable=False),
        Column("record_offset", BigInteger, nullable=False),
        Column("digest", LargeBinary, nullable=False),
        Column("record_timestamp", BigInteger, nullable=False),
        Column("key", LargeBinary),
        Column("value", LargeBinary),
        Column("header_names", ARRAY(LargeBinary), nullable=False),
        Column("header_values", ARRAY(LargeBinary), nullable=False),
        Column("stage", Text, nullable=False),
        Column("cause", Text, nullable=False),
        Column("detail", Text, nullable=False),
        Column("attempts", Integer, nullable=False, server_default="1"),
        Column("first_seen", DateTime(timezone=True), nullable=False),
        Column("last_seen", DateTime(timezone=True), nullable=False),
        Column("resolved_at", DateTime(timezone=True)),
        Column("event_id", Uuid),
        Column("event_type", Text),
        Column("subject", Text),
        UniqueConstraint("listener", "topic", "partition", "record_offset", "digest"),
        Index("dead_letter_open", "id", postgresql_where=text("resolved_at IS NULL")),
        schema=schema,
    )
