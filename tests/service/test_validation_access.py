"""Who may do what on validation: a row per endpoint and role; and what the database forbids."""

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis import failures
from services.validation.app import SERVICE
from tests.asking import problem
from tests.builders import Report
from tests.service.conftest import Serve
from tests.validating import REASON, WARD, Judge, id_of, opened, sound

ID = str(id_of(Report(WARD, "INN", "2025-Q4")))
DRAFT = {"ward": WARD, "template": "INN", "period": "2025-Q4", "content": {}}
ITEMS = {"items": [{"report_id": ID, "version": 1}]}
ONE, WITH_REASON = {"version": 1}, {"version": 1, **REASON}
READERS, DECIDERS = {"reviewer", "department_leader"}, {"reviewer"}
SENDERS = {"ward_officer", "ward_leader", "system"}

ENDPOINTS: list[tuple[str, str, object, set[str]]] = [
    ("POST", "/v1/checks", DRAFT, SENDERS),
    ("GET", "/v1/reviews", None, READERS),
    ("GET", "/v1/reviews/summary", None, READERS),
    ("GET", f"/v1/reviews/{ID}", None, READERS),
    ("POST", "/v1/reviews:approve", ITEMS, DECIDERS),
    ("POST", f"/v1/reviews/{ID}/approve", ONE, DECIDERS),
    ("POST", f"/v1/reviews/{ID}/return", WITH_REASON, DECIDERS),
    ("POST", f"/v1/reviews/{ID}/revoke", WITH_REASON, DECIDERS),
    ("POST", f"/v1/reviews/{ID}/withdraw", ONE, DECIDERS),
    ("POST", f"/v1/reviews/{ID}/refuse-withdrawal", ONE, DECIDERS),
]
ROLES = ("ward_officer", "ward_leader", "reviewer", "department_leader", "operator", "system")


@pytest.fixture
async def judge(serve: Serve) -> Judge:
    judge = await opened(serve)
    await judge.service.receives(Report(WARD, "INN", "2025-Q4").sent(sound("INN")))
    return judge


async def test_each_endpoint_is_for_its_roles_only(judge: Judge) -> None:
    for method, path, body, roles in ENDPOINTS:
        answer = await judge.client.request(method, path, json=body)
        problem(answer, 401, "unauthorized")
        for role in ROLES:
            headers = judge.service.token(role, WARD, subject=f"{role}-1")
            answer = await judge.client.request(method, path, json=body, headers=headers)
            if role in roles:
                assert answer.status_code in {200, 409}, (path, role, answer.text)
            else:
                problem(answer, 403, "forbidden")


async def test_every_endpoint_is_in_the_table() -> None:
    table = {(method, path.replace(ID, "{report_id}")) for method, path, _, _ in ENDPOINTS}
    routes = {
        (method, route.path)
        for router in SERVICE.routers
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    assert routes == table


@pytest.mark.parametrize("table", ["version", "decision"])
@pytest.mark.parametrize(
    "change", ["DELETE FROM {}", "UPDATE {} SET report_id = report_id", "TRUNCATE {}"]
)
async def test_facts_and_decisions_cannot_be_changed(judge: Judge, table: str, change: str) -> None:
    with pytest.raises(DBAPIError) as refused:
        async with judge.service.database.unit() as unit:
            await unit.session.execute(text(change.format(table)))
    assert failures.sqlstate(refused.value) == "42501"


async def test_decisions_keep_the_ids_of_their_events(judge: Judge) -> None:
    async with judge.service.database.unit() as unit:
        rows = await unit.session.execute(
            text("SELECT decision.event_id = outbox.event_id FROM decision, outbox")
        )
        assert list(rows.scalars()) == [True]
