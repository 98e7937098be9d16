"""The chassis' tables as SQLAlchemy sees them, to compare models with migrations."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
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
from sqlalchemy.schema import SchemaItem

DEAD_LETTER_STATE = """
CASE WHEN resolved_at IS NOT NULL THEN coalesce(resolution, 'replayed')
     WHEN failed_replays >= 3 THEN 'parked'
     ELSE 'waiting' END
"""


def declare(metadata: MetaData, schema: str) -> None:
    """Name every table of ``sql/v1.sql`` to ``sql/v4.sql`` in a service's schema."""
    Table(
        "job",
        metadata,
        Column("name", Text, primary_key=True),
        Column("last_run_at", DateTime(timezone=True), nullable=False),
        schema=schema,
    )
    _declare_inbox_and_outbox(metadata, schema)
    _declare_dead_letter(metadata, schema)
    _declare_audit(metadata, schema)
    Table(
        "numbering",
        metadata,
        Column("least", Integer, CheckConstraint("least >= 1"), primary_key=True),
        schema=schema,
    )
    Table(
        "republication",
        metadata,
        Column("scope", Text, primary_key=True),
        Column("part", Text, nullable=False),
        Column("place", Text, nullable=False),
        Column("told", BigInteger, nullable=False),
        Column("started_at", DateTime(timezone=True), nullable=False),
        Column("ended_at", DateTime(timezone=True)),
        schema=schema,
    )


def _declare_inbox_and_outbox(metadata: MetaData, schema: str) -> None:
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
        *_handling(),
        UniqueConstraint("listener", "topic", "partition", "record_offset", "digest"),
        Index("dead_letter_open", "id", postgresql_where=text("resolved_at IS NULL")),
        schema=schema,
    )


def _handling() -> list[SchemaItem]:
    """What says how an operator handled a dead letter."""
    return [
        Column("failed_replays", Integer, nullable=False, server_default="0"),
        Column("resolution", Text),
        Column("ward_code", Text),
        Column("report_id", Uuid),
        Column("correction", JSONB),
        Column("state", Text, Computed(DEAD_LETTER_STATE, persisted=True), nullable=False),
        CheckConstraint("resolution IN ('replayed', 'fixed', 'discarded')"),
    ]


def _declare_audit(metadata: MetaData, schema: str) -> None:
    Table(
        "audit",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("who", Text, nullable=False),
        Column("action", Text, nullable=False),
        Column("object", Text, nullable=False),
        Column("version", Integer),
        Column("correlation_id", Text, nullable=False),
        Column("details", JSONB, nullable=False),
        Index("audit_by_object", "object", "id"),
        schema=schema,
    )
    Table(
        "audit_unsealed",
        metadata,
        Column("entry", BigInteger, nullable=False),
        schema=schema,
    )
    Table(
        "audit_seal",
        metadata,
        Column("position", BigInteger, primary_key=True, autoincrement=False),
        Column("entry", BigInteger, nullable=False, unique=True),
        Column("hash", LargeBinary, nullable=False),
        schema=schema,
    )
