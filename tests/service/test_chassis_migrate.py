"""Migrations: a history of its own for each service, run by its owner, compared with its tables."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import MetaData
from sqlmodel import SQLModel

from chassis import migrate, tables
from tests.conftest import TestDatabase
from tests.probe import MIGRATIONS

OLD = '''"""The first."""
revision = "0001"
down_revision = None
def upgrade() -> None:
    """Make nothing."""
'''


@pytest.fixture
def owner_url(database_of: Callable[..., TestDatabase]) -> str:
    return database_of().owner_url("validation")


async def test_what_is_missing_is_applied_and_nothing_twice(owner_url: str) -> None:
    assert await migrate.upgrade(owner_url, "validation", MIGRATIONS) == ["0001", "0002"]
    assert await migrate.upgrade(owner_url, "validation", MIGRATIONS) == []


async def test_two_migrators_take_turns(owner_url: str) -> None:
    runs = [migrate.upgrade(owner_url, "validation", MIGRATIONS) for _ in range(3)]

    assert sorted(await asyncio.gather(*runs)) == [[], [], ["0001", "0002"]]


async def test_services_do_not_see_each_others_history(
    database_of: Callable[..., TestDatabase],
) -> None:
    database = database_of()
    for service in ("validation", "submission"):
        applied = await migrate.upgrade(database.owner_url(service), service, MIGRATIONS)
        assert applied == ["0001", "0002"]


async def test_a_migration_that_fails_leaves_nothing_behind(owner_url: str, tmp_path: Path) -> None:
    versions = tmp_path / "versions"
    versions.mkdir()
    (versions / "0001_first.py").write_text(OLD)
    (versions / "0002_bad.py").write_text(
        OLD.replace('"0001"', '"0002"').replace("None\n", '"0001"\n', 1)
        + "    from chassis.migrate import run_script\n"
        + "    run_script('CREATE TABLE half (a int); SELECT nonsense')\n"
    )

    with pytest.raises(Exception, match="nonsense"):
        await migrate.upgrade(owner_url, "validation", tmp_path)

    (versions / "0002_bad.py").write_text(
        OLD.replace('"0001"', '"0002"').replace("None\n", '"0001"\n', 1)
    )
    assert await migrate.upgrade(owner_url, "validation", tmp_path) == ["0002"]


async def test_differences_between_tables_and_schema_are_named(
    owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate.upgrade(owner_url, "validation", MIGRATIONS)
    declared = MetaData()
    tables.declare(declared, "validation")
    tables.declare(declared, "submission")
    monkeypatch.setattr(SQLModel, "metadata", declared)

    [difference] = await migrate.differences(owner_url, "validation")

    assert (difference[0], difference[1].name) == ("remove_table", "thing")
