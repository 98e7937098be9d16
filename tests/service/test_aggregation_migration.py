"""Stays of an older form of the tables are moved: what goes on into facts, what ended as it was."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from chassis import migrate
from tests.stack import ROOT, Stack, aside

MIGRATIONS = ROOT / "services" / "aggregation" / "migrations"
BEFORE = """
    SET search_path TO aggregation;
    INSERT INTO fact
    SELECT CAST(id AS uuid), '26536', 'DXT', '2025-10', 3, 'approved', version,
           now(), now(), now(), now(), version, 1, '{"values": {"dxt01": 5}}', pending
    FROM (VALUES ('00000000-0000-0000-0000-000000000001', 2, false),
                 ('00000000-0000-0000-0000-000000000002', 1, true)) AS given (id, version, pending);
    INSERT INTO contribution
    SELECT CAST('00000000-0000-0000-0000-000000000001' AS uuid), 'reports', entered, 'DXT',
           '2025-10', '26536', version, 1, decision, now(), left_at_revision, left_by,
           CASE WHEN left_by IS NOT NULL THEN now() END,
           '[["dxt01", "", "5", null]]', '[["dxt02", ""]]', '[]'
    FROM (VALUES (1, 1, 2, 4, 3), (4, 2, 3, NULL, NULL))
        AS given (entered, version, decision, left_at_revision, left_by);
"""


@pytest.fixture
async def older(stack: Stack, tmp_path: Path) -> AsyncIterator[str]:
    """The name of a database as it was before stays were moved, with a few of them."""
    shutil.copytree(MIGRATIONS, tmp_path / "migrations")
    (tmp_path / "migrations" / "versions" / "0005_stays.py").unlink()

    def prepare(name: str) -> None:
        owner = stack.url("aggregation_owner", name)
        aside(lambda: migrate.upgrade(owner, "aggregation", tmp_path / "migrations"))
        stack.psql("-c", BEFORE, database=name)

    name = stack.copy("aggregation_before_stays", prepare)
    yield name
    stack.drop(name)


async def test_a_stay_that_goes_on_is_part_of_its_fact(stack: Stack, older: str) -> None:
    owner = stack.url("aggregation_owner", older)
    assert await migrate.upgrade(owner, "aggregation", MIGRATIONS) == ["0005"]

    connection = await asyncpg.connect(owner.replace("+asyncpg", ""))
    try:
        facts = await connection.fetch("""
            SELECT entered_revision, entered_decision_no, entered_at IS NOT NULL, nulls, edition
            FROM aggregation.fact ORDER BY report_id
        """)
        ended = await connection.fetch("""
            SELECT entered_revision, left_revision, counted, sums FROM aggregation.contribution
        """)
    finally:
        await connection.close()
    assert [tuple(row) for row in facts] == [
        (4, 3, True, '[["dxt02", ""]]', 1),
        (None, None, False, None, 1),
    ]
    sums = '[[["dxt01", "", "5", null]], [["dxt02", ""]], []]'
    assert [tuple(row) for row in ended] == [(1, 4, None, sums)]
