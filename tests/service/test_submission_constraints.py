"""What the database itself refuses, whoever writes."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.service.desk import Desk

REPORT = """
    INSERT INTO report (report_id, ward_code, template_code, period_code, period_scheme,
        period_ends_on, submission_no, latest_version)
    VALUES (gen_random_uuid(), :ward, :template, :period, 'LICH', '2025-10-31', 0, :version)
"""
VERSION = """
    INSERT INTO report_version (report_id, version, submission_no, template_version, content,
        content_digest, submitted_at, submitted_by, channel, event_id)
    SELECT report_id, 2, 2, 1, CAST(CAST(:content AS text) AS jsonb), :digest, now(), 'x', 'api',
        gen_random_uuid()
    FROM report LIMIT 1
"""
SOUND = {"ward": "26824", "template": "DXT", "period": "2025-10", "version": 0}
KEPT = {"content": '"\u1ee7"', "digest": "a" * 64}
BAD: list[tuple[str, dict[str, Any], str]] = [
    (REPORT, SOUND | {"ward": "4"}, "report_ward_code_check"),
    (REPORT, SOUND | {"ward": "26824\n"}, "report_ward_code_check"),
    (REPORT, SOUND | {"ward": "2682４"}, "report_ward_code_check"),
    (REPORT, SOUND | {"template": "dxt"}, "report_template_code_check"),
    (REPORT, SOUND | {"period": "2025-13"}, "report_period_code_check"),
    (REPORT, SOUND | {"period": "2025-10\n"}, "report_period_code_check"),
    (REPORT, SOUND | {"version": 1}, "report_check"),
    (REPORT, SOUND | {"ward": "26812"}, "report_ward_code_template_code_period_code_key"),
    (VERSION, KEPT | {"content": '"u\u0309"'}, "report_version_content_check"),
    (VERSION, KEPT | {"digest": "A" * 64}, "report_version_content_digest_check"),
]


async def run(desk: Desk, statement: str, values: dict[str, Any]) -> None:
    async with desk.service.database.unit() as unit:
        await unit.session.execute(text(statement), values)


async def test_what_is_no_report_is_not_kept_and_what_is_sound_is(desk: Desk) -> None:
    await desk.put()

    for statement, values, constraint in BAD:
        with pytest.raises(IntegrityError, match=constraint):
            await run(desk, statement, values)
    await run(desk, VERSION, KEPT)
    await run(desk, REPORT, SOUND)
