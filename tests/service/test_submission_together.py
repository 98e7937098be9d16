"""Reports that are kept together are answered and kept as if each had come alone."""

import asyncio
from collections.abc import Sequence
from itertools import count, pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url, text
from starlette.requests import Request
from starlette.responses import Response

from chassis.http import Conditions
from chassis.problems import Problem
from services.submission.catalogue import files
from services.submission.reports import intake
from services.submission.reports.answers import version_guard
from services.submission.reports.domain import Address
from services.submission.reports.intake import Asked, Receipt, Sender
from services.submission.reports.refusals import Refused
from tests.service.desk import WARD, Desk, changed
from tests.stack import Stack

WARDS = [ward.code for ward in files.read().wards]
SENDER = Sender("officer-1", "api")
CONDITIONS: tuple[dict[bytes, bytes], ...] = (
    {},
    {b"if-match": b'"1-0-1"'},
    {b"if-match": b'"2-0-2"'},
    {b"if-match": b"*"},
    {b"if-none-match": b"*"},
)
Step = tuple[str, int, dict[bytes, bytes]]
steps = st.lists(
    st.tuples(
        st.sampled_from(["2025-10", "2025-11", "2099-01"]),
        st.sampled_from([1801, 1802, 1803, -1]),
        st.sampled_from(CONDITIONS),
    ),
    min_size=2,
    max_size=12,
)
turns = count()


def asked(ward: str, step: Step) -> Asked:
    period, value, headers = step
    request = Request({"type": "http", "headers": list(headers.items())})
    guard = version_guard(Conditions(request, Response()))
    return Asked(Address(ward, "DXT", period), changed(dxt01=value), SENDER, guard)


async def take(desk: Desk, group: Sequence[Asked]) -> list[object]:
    """What is said of each; a group that is refused as a whole is tried one by one."""
    try:
        outcomes = await desk.service.database.transact(lambda unit: intake.take(unit, group))
    except Problem as problem:
        if len(group) == 1:
            return [said(problem)]
        return [answer for one in group for answer in await take(desk, [one])]
    return [said(outcome) for outcome in outcomes]


def said(outcome: Receipt | Refused | Problem) -> object:
    if isinstance(outcome, Receipt):
        return outcome.address.period, outcome.standing.version, outcome.fresh
    return outcome.slug if isinstance(outcome, Refused) else outcome.status_code


async def kept(desk: Desk, ward: str) -> list[tuple[Any, ...]]:
    async with desk.service.database.unit() as unit:
        found = await unit.session.execute(
            text("""
                SELECT period_code, r.submission_no, latest_version, latest_digest, v.version,
                       v.submission_no, content_digest, o.payload IS NOT NULL, a.action
                FROM report r LEFT JOIN report_version v USING (report_id)
                LEFT JOIN outbox o USING (event_id)
                LEFT JOIN audit a ON a.details ->> 'event_id' = CAST(event_id AS text)
                WHERE ward_code = :ward ORDER BY period_code, v.version
            """),
            {"ward": ward},
        )
        return [tuple(row) for row in found]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(script=steps, data=st.data())
async def test_any_grouping_answers_and_keeps_the_same(
    desk: Desk, script: list[Step], data: st.DataObject
) -> None:
    alone, grouped = (WARDS[next(turns) % len(WARDS)] for _ in range(2))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(script) - 1), max_size=3)))

    one_by_one = [answer for step in script for answer in await take(desk, [asked(alone, step)])]
    together = [
        answer
        for start, end in pairwise([0, *cuts, len(script)])
        for answer in await take(desk, [asked(grouped, step) for step in script[start:end]])
    ]

    assert together == one_by_one
    assert await kept(desk, grouped) == await kept(desk, alone)


async def test_each_is_told_under_its_own_request(desk: Desk) -> None:
    names = [f"request-{month:02d}" for month in range(1, 10)]

    answers = await asyncio.gather(
        *(desk.put(f"DXT/2026-{name[-2:]}", x_request_id=name) for name in names)
    )

    assert {answer.status_code for answer in answers} == {202}
    async with desk.service.database.unit() as unit:
        found = await unit.session.execute(
            text("""
                SELECT convert_from(payload, 'UTF8')::jsonb -> 'period' ->> 'code',
                       header ->> 1, correlation_id
                FROM outbox, jsonb_array_elements(headers) AS header, audit
                WHERE header ->> 0 = 'ce_correlationid' AND correlation_id = header ->> 1
            """)
        )
        told = sorted((code, header, noted) for code, header, noted in found)
    assert told == [(f"2026-{name[-2:]}", name, name) for name in names]


async def test_a_report_that_the_database_will_not_take_only_fails_itself(
    desk: Desk, stack: Stack
) -> None:
    stack.psql(
        "-c",
        "ALTER TABLE submission.report_version ADD CHECK (content -> 'values' ->> 'dxt01' <> '6')",
        database=str(make_url(desk.service.runtime.settings.database_url).database),
    )

    answers = await asyncio.gather(
        *(desk.put(f"DXT/2026-{m:02d}", changed(dxt01=6 if m == 4 else 7)) for m in range(1, 10))
    )

    assert [answer.status_code for answer in answers] == [202] * 3 + [500] + [202] * 5
    assert len(await desk.submitted()) == 8
    assert (await desk.get(f"/v1/reports/{WARD}/DXT/2026-04")).status_code == 404
