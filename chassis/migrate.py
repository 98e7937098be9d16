"""Brings a service's schema up to date, as its owner; each service has its own history."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

T = TypeVar("T")

LOCK_TIMEOUT = "5s"
"""A migration waits no longer for a table: whoever comes later would wait behind it."""


def chassis_sql(name: str) -> str:
    """The SQL of ``chassis/sql/<name>.sql``, for `run_script`."""
    return (files("chassis") / "sql" / f"{name}.sql").read_text()


def run_script(sql: str) -> None:
    """Within a migration: run any number of statements, which ``op.execute`` cannot."""
    connection: Any = op.get_bind().connection.dbapi_connection
    connection.run_async(lambda driver: driver.execute(sql))


async def upgrade(owner_url: str, schema: str, migrations: Path) -> list[str]:
    """Apply what is missing, one transaction a migration; the revisions that were applied."""
    return await _connected(owner_url, schema, lambda c: _upgrade(c, schema, migrations))


async def differences(owner_url: str, schema: str) -> list[Any]:
    """What in the schema is not as the declared tables have it; empty when all is."""
    return await _connected(owner_url, "public", lambda c: _differences(c, schema))


async def _connected(url: str, search_path: str, work: Callable[[Connection], T]) -> T:
    engine = create_async_engine(
        url,
        poolclass=NullPool,
        connect_args={"server_settings": {"search_path": search_path}},
    )
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, schema: str, migrations: Path) -> list[str]:
    # Held until the connection closes: two migrators take turns.
    connection.execute(text("SELECT pg_advisory_lock(hashtext('migrate'))"))
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.commit()
    scripts = ScriptDirectory(str(migrations))
    applied: list[str] = []

    def missing(revision: Any, _: MigrationContext) -> list[Any]:  # noqa: ANN401 - Alembic's
        steps = scripts._upgrade_revs("head", revision)  # noqa: SLF001 - what alembic upgrade calls
        applied.extend(step.revision.revision for step in steps)
        return list(steps)

    with EnvironmentContext(Config(), scripts, fn=missing) as environment:
        environment.configure(
            connection, version_table_schema=schema, transaction_per_migration=True
        )
        with environment.begin_transaction():
            environment.run_migrations()
    return applied


def _differences(connection: Connection, schema: str) -> list[Any]:
    def ours(name: str | None, kind: str, _: Any) -> bool:  # noqa: ANN401 - Alembic's
        return kind != "schema" or name == schema

    def declared(found: Any, *_: Any) -> bool:  # noqa: ANN401 - Alembic's
        return getattr(found, "schema", schema) == schema

    options = {
        "compare_type": True,
        "include_schemas": True,
        "include_name": ours,
        "include_object": declared,
        "version_table_schema": schema,
    }
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, SQLModel.metadata))
