"""Notices that were written when ids were hashes keep their readers' marks."""

import shutil
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from chassis import migrate
from chassis.database import Database
from tests.conftest import TestDatabase
from tests.stack import ROOT

MIGRATIONS = ROOT / "services" / "notification" / "migrations"
HASHED, QUEUE, EVENT, LAST = (f"00000000-0000-7000-8000-00000000000{n}" for n in range(1, 5))
WRITTEN = (
    f"""
    INSERT INTO notice (id, recipient_kind, recipient_id, kind, event_id, template_code,
                        period_code, period_scheme, params, cleared, calls, recorded_at)
    VALUES ('{HASHED}', 'ward', '26734', 'received', '{EVENT}', 'INN', '2025-Q4', 'HC_15_14',
            '{{}}', false, 1, now()),
           ('{QUEUE}', 'role', 'reviewer', 'waiting', '{LAST}', 'INN', '2025-Q4', 'HC_15_14',
            '{{}}', false, 2, now())
    """,
    f"INSERT INTO read_mark VALUES ('me', '{HASHED}', 1), ('me', '{QUEUE}', 2)",
)


async def test_a_wards_notice_takes_its_events_id_and_a_queues_keeps_its_own(
    database_of: Callable[..., TestDatabase], tmp_path: Path
) -> None:
    database, before = database_of(), tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, before, ignore=shutil.ignore_patterns("0005_*"))
    owner = database.owner_url("notification")
    await migrate.upgrade(owner, "notification", before)
    service = Database(database.url("notification"), "notification")
    async with service.unit() as unit:
        for statement in WRITTEN:
            await unit.session.execute(text(statement))

    assert await migrate.upgrade(owner, "notification", MIGRATIONS) == ["0005"]

    async with service.unit() as unit:
        marks = await unit.session.execute(
            text(
                "SELECT CAST(id AS text), mark.calls FROM notice JOIN read_mark AS mark"
                " ON notice_id = id ORDER BY position"
            )
        )
        assert [tuple(row) for row in marks] == [(EVENT, 1), (QUEUE, 2)]
    await service.close()
