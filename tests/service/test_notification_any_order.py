"""Any order, duplication and batching of a history tells people the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from chassis import clock
from chassis.records import Record
from contracts.decisions import WITHDRAWN_BY_WARD
from contracts.event import Event
from services.notification.app import SERVICE
from tests.builders import NOON, Report, content
from tests.service.conftest import Serve
from tests.service.harness import ServiceUnderTest, record

WARDS = ("26734", "27676")
BODY = content({"inn01": 1})


@pytest.fixture
async def line(serve: Serve) -> ServiceUnderTest:
    line = await serve(SERVICE)
    for subject, ward in (("an", WARDS[0]), ("binh", WARDS[1])):
        token = line.token("ward_officer", ward, subject=subject)
        contact = {"email": f"{subject}@example.vn", "wants": ["returned", "revoked"]}
        await line.client.put("/v1/contacts/me", json=contact, headers=token)
    return line


@dataclass(frozen=True)
class Told:
    """Everything that people have in front of them, whenever it got there."""

    notices: list[Any]
    queues: list[Any]
    deliveries: list[Any]
    standings: list[Any]


def asked(report: Report) -> Event:
    after = NOON + timedelta(minutes=report.decision_no, seconds=30)
    return report.withdrawal_requested().model_copy(update={"requested_at": after})


ALWAYS: dict[str, Callable[[Report], Event]] = {
    "send": lambda report: report.sent(BODY),
    "pass": Report.passed,
    "return": lambda report: report.returned(note="Xem lại"),
    "approve": Report.approved,
    "ask": asked,
}
WHILE_COUNTED: dict[str, Callable[[Report], Event]] = {
    "revoke": lambda report: report.revoked(WITHDRAWN_BY_WARD),
    "refuse": Report.refused,
}
BEFORE_APPROVAL: dict[str, Callable[[Report], Event]] = {"withdraw": Report.withdrawn}
STEPS = (*ALWAYS, *WHILE_COUNTED, *BEFORE_APPROVAL)


def history(steps: Sequence[tuple[str, str]]) -> list[Event]:
    """What happens to two wards' reports that take those of the steps that they can."""
    reports = {ward: Report(ward, "INN", "2025-Q4") for ward in WARDS}
    events: list[Event] = [report.sent(BODY) for report in reports.values()]
    for ward, step in steps:
        possible = ALWAYS | (WHILE_COUNTED if reports[ward].counted else BEFORE_APPROVAL)
        if step in possible:
            events.append(possible[step](reports[ward]))
    return events


async def told(line: ServiceUnderTest, batches: Sequence[Sequence[Record]]) -> Told:
    """What is told when the service hears these batches and nothing before."""
    async with line.database.unit() as unit:
        await unit.session.execute(text("DELETE FROM inbox"))
        for table in ("notice", "signal", "standing", "delivery", "dead_letter"):
            await unit.session.execute(text(f"DELETE FROM {table}"))
    assert SERVICE.listener is not None
    for batch in batches:
        await SERVICE.listener.process(batch, line.database)
    assert await rows(line, "SELECT cause, detail FROM dead_letter") == []
    return Told(
        notices=await rows(
            line,
            "SELECT id, kind, recipient_kind, recipient_id, event_id, CAST(params AS text)"
            " FROM notice WHERE kind <> 'waiting' ORDER BY id",
        ),
        queues=await rows(
            line,
            "SELECT id, CAST(params AS text) FROM notice"
            " WHERE kind = 'waiting' AND NOT cleared ORDER BY id",
        ),
        deliveries=await rows(
            line, "SELECT event_id, recipient, channel, kind FROM delivery ORDER BY 1, 2"
        ),
        standings=await rows(line, "SELECT * FROM standing ORDER BY report_id"),
    )


async def rows(line: ServiceUnderTest, sql: str) -> list[Any]:
    async with line.database.unit() as unit:
        return [tuple(row) for row in await unit.session.execute(text(sql))]


A_STEP = st.tuples(st.sampled_from(WARDS), st.sampled_from(STEPS))


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_people_are_told_the_same(line: ServiceUnderTest, data: st.DataObject) -> None:
    steps = data.draw(st.lists(A_STEP, max_size=14))
    records = [
        record(event, event_id=UUID(int=n)) for n, event in enumerate(history(steps), start=1)
    ]
    repeated = data.draw(st.lists(st.sampled_from(records), max_size=6))
    shuffled = data.draw(st.permutations(records + repeated))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(shuffled)), max_size=5)))
    edges = [0, *cuts, len(shuffled)]
    batches = [shuffled[a:b] for a, b in pairwise(edges) if a < b]

    with clock.set_to(NOON + timedelta(hours=2)):
        assert await told(line, batches) == await told(line, [[one] for one in records])
