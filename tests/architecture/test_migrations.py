"""Migrations make exactly the tables that are declared, and a released one never changes."""

import importlib
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from chassis import migrate
from tests.conftest import TestDatabase
from tests.stack import ROOT, SERVICES

RELEASED = ROOT / "tests" / "architecture" / "released_migrations.txt"
MIGRATIONS = sorted(ROOT.glob("services/*/migrations/versions/*.py"))


@pytest.mark.parametrize("service", SERVICES)
async def test_migrations_make_the_declared_tables(
    service: str, database_of: Callable[..., TestDatabase]
) -> None:
    importlib.import_module(f"services.{service}.app")
    database = database_of(service)

    assert await migrate.differences(database.owner_url(service), service) == []


@pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda path: f"{path.parts[-4]}-{path.stem}")
def test_migrations_are_numbered_in_order(migration: Path) -> None:
    number = migration.stem.partition("_")[0]
    before = f'"{int(number) - 1:04}"' if int(number) > 1 else "None"

    lines = migration.read_text(encoding="utf-8").splitlines()
    assert len(number) == 4
    assert f'revision = "{number}"' in lines
    assert f"down_revision = {before}" in lines


def test_a_released_migration_never_changes() -> None:
    """Each line of the file is a digest and a path; lines are added when a version is released."""
    lines = RELEASED.read_text(encoding="utf-8").splitlines()
    released = [line.split() for line in lines if line and not line.startswith("#")]

    now = [[sha256((ROOT / path).read_bytes()).hexdigest(), path] for _, path in released]

    assert now == released
