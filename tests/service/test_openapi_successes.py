"""Every operation is driven to each of its successes, whose answers are what its document says."""

from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from chassis.records import Record
from contracts.reports import report_id
from tests.builders import ward
from tests.service import whole_line
from tests.service.conftest import Serve
from tests.service.desk import changed
from tests.service.harness import record
from tests.service.promising import OPERATED, PREFERRED, ROLES
from tests.service.whole_line import OTHER, REASON, WARD, Line
from tests.system import access

Json = dict[str, Any]
REPORT = "/v1/reports/{ward}/{template}/{period}"
NEW, NEWER = "2025-12", "2026-01"
STREAMS = "/stream"
COMMENTS = [{"pointer": "/values/dxt01", "text": "Lệch 10"}]


def closed(schema: Any) -> Any:  # noqa: ANN401 - any part of a document
    """The same schema, with no other members than those it names."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(part) for name, part in schema.items()}
    return {"additionalProperties": False, **inner} if "properties" in inner else inner


@dataclass
class Walk:
    """Asks, and holds every answer against the document of the service that gave it."""

    line: Line
    documents: dict[str, Json]
    seen: set[tuple[str, str, str, str]] = field(default_factory=set)

    async def ask(
        self,
        service: str,
        method: str,
        path: str,
        status: int = 200,
        ward: str = WARD,
        **request: Any,  # noqa: ANN401 - what httpx takes, and the path's names
    ) -> httpx.Response:
        """One request by somebody who may; its answer must be as promised."""
        names = {"ward": ward, "template": "DXT", **request.pop("names", {})}
        headers = self._who(service, method, path, ward) | request.pop("headers", {})
        answer = await self.line[service].client.request(
            method, path.format(**names), headers=headers, **request
        )
        assert answer.status_code == status, answer.text
        self._holds(service, method, path, answer)
        return answer

    async def decide(self, action: str, period: str, version: int, ward: str, **said: Any) -> None:  # noqa: ANN401
        """A decision on a report that waits for it."""
        body, names = {"version": version, **said}, {"report_id": report_id(ward, "DXT", period)}
        await self.ask(
            "validation", "POST", "/v1/reviews/{report_id}/" + action, json=body, names=names
        )

    def _who(self, service: str, method: str, path: str, ward: str) -> dict[str, str]:
        roles = ROLES[service, method, path]
        role = next((role for role in PREFERRED if role in roles), access.OFFICER)
        return self.line[service].token(
            role, *[ward] * (role in access.SENDERS), subject=f"{role}-1"
        )

    def _holds(self, service: str, method: str, path: str, answer: httpx.Response) -> None:
        document = self.documents[service]
        promised = document["paths"][path][method.lower()]["responses"]
        content = promised[str(answer.status_code)]["content"]
        kind = answer.headers["content-type"].partition(";")[0]
        schema = content[kind].get("schema")
        if kind == "application/json":
            whole = {**schema, "components": closed(document["components"])}
            Draft202012Validator(whole, format_checker=FormatChecker()).validate(answer.json())
        self.seen.add((service, method, path, str(answer.status_code)))

    def left(self) -> set[tuple[str, str, str, str]]:
        """Successes that are promised and have not been seen."""
        return {
            (service, method.upper(), path, status)
            for service, document in self.documents.items()
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
            for status in operation["responses"]
            if status.startswith("2")
            and not path.endswith(STREAMS)
            and (service == OPERATED or "operations" not in operation["tags"])
        } - self.seen


@pytest.fixture
async def walk(serve: Serve) -> Walk:
    line = await whole_line.opened(serve)
    await whole_line.lived(line)
    documents = {
        name: (await service.client.get("/openapi.json")).json()
        for name, service in line.services.items()
    }
    return Walk(line, documents)


async def test_every_success_is_as_promised(walk: Walk) -> None:
    await tells_whom_to_mail(walk)
    await sends(walk)
    await decides(walk)
    await reads_reports(walk)
    await reads_figures(walk)
    await reads_notices(walk)
    await mends(walk)
    await looks_after(walk)

    assert walk.left() == set()


async def tells_whom_to_mail(walk: Walk) -> None:
    contact = {"email": "phuong@example.vn"}
    await walk.ask("notification", "PUT", "/v1/contacts/me", json=contact)
    await walk.ask("notification", "GET", "/v1/contacts/me")


async def sends(walk: Walk) -> None:
    """New, the same again, a correction under a condition, and many at once."""
    place, new = REPORT, {"period": NEW}
    body = changed(dxt01=1801)
    await walk.ask("submission", "PUT", place, 202, names=new, json=body)
    same = await walk.ask("submission", "PUT", place, names=new, json=body)
    guard = {"If-Match": same.headers["etag"]}
    await walk.ask("submission", "PUT", place, 202, names=new, json=changed(), headers=guard)
    await walk.ask("submission", "PUT", place, 202, OTHER, names=new, json=changed())
    await walk.ask("submission", "PUT", place, 202, names={"period": NEWER}, json=changed())
    ndjson = {"content-type": "application/x-ndjson"}
    await walk.ask("submission", "POST", "/v1/reports:bulk", headers=ndjson, content=b"{}\n")
    await walk.line.settle()


async def decides(walk: Walk) -> None:
    """Each decision on a report that is where it can be taken."""
    checked = {"ward": WARD, "template": "DXT", "period": NEW, "content": changed(dxt01=-1)}
    await walk.ask("validation", "POST", "/v1/checks", json=checked)
    await walk.decide("approve", NEWER, 1, WARD, note="Được")
    await walk.decide("return", NEW, 2, WARD, **REASON, comments=COMMENTS)
    await walk.decide("revoke", "2025-10", 2, WARD, **REASON)
    await walk.decide("withdraw", "2025-11", 1, WARD)
    await walk.line.settle()
    await walk.ask("submission", "DELETE", REPORT, 202, names={"period": NEWER})
    await walk.line.settle()
    await walk.decide("refuse-withdrawal", NEWER, 1, WARD, note="Giữ nguyên")
    items = [
        {"report_id": str(report_id(code, "DXT", NEW)), "version": 1} for code in (OTHER, "99999")
    ]
    both = await walk.ask("validation", "POST", "/v1/reviews:approve", json={"items": items})
    assert len({item["status"] for item in both.json()["items"]}) == 2
    await walk.line.settle()


async def reads_reports(walk: Walk) -> None:
    place, old = REPORT, {"period": "2025-08"}
    for path in (place, place + "/versions", place + "/versions/{number}"):
        await walk.ask("submission", "GET", path, names=old | {"number": 2})
    for path in ("/v1/wards", "/v1/templates", "/v1/templates/{code}", "/v1/reports"):
        await walk.ask("submission", "GET", path, names={"code": "DXT"}, params=of_ward(path))
    for path in ("/v1/reviews", "/v1/reviews/summary", "/v1/reviews/{report_id}"):
        names = {"report_id": report_id(WARD, "DXT", "2025-08")}
        await walk.ask("validation", "GET", path, names=names)


def of_ward(path: str) -> dict[str, str]:
    return {"ward": WARD} if path == "/v1/reports" else {}


async def reads_figures(walk: Walk) -> None:
    figures, names = "/v1/figures/{template}/{period}", {"period": "2025-08", "code": "dxt01"}
    await walk.ask("aggregation", "GET", figures, names=names)
    await walk.ask("aggregation", "GET", figures, names=names, headers={"accept": "text/csv"})
    await walk.ask("aggregation", "GET", figures + "/{code}/passport", names=names)
    span = {"from": "2025-08", "to": "2025-11"}
    await walk.ask("aggregation", "GET", "/v1/figures/{template}/series", params=span)
    of = {"template": "DXT", "period": "2025-08"}
    await walk.ask("aggregation", "GET", "/v1/completeness", params=of)


async def reads_notices(walk: Walk) -> None:
    inbox = await walk.ask("notification", "GET", "/v1/inbox")
    first = {"notice_id": inbox.json()["items"][0]["id"]}
    mark = await walk.ask("notification", "POST", "/v1/inbox/{notice_id}/read", names=first)
    assert mark.json()["unread"] == inbox.json()["unread"] - 1
    deliveries = await walk.ask("notification", "GET", "/v1/deliveries")
    assert deliveries.json()["items"]


async def mends(walk: Walk) -> None:
    """A letter that is replayed, one that is put right, and one that is rubbish."""
    letters, good = "/v1/dead-letters", ward("26734")
    unreadable = Record("submission.catalogue", 7, 0, 0, b"key", b"no event", ())
    broken = replace(record(good), value=b'{"code": "26734", "valid_from": "yesterday"}')
    await walk.line[OPERATED].receives_records(broken, unreadable)
    waiting = (await walk.ask(OPERATED, "GET", letters)).json()["items"]
    number = {letter["cause"]["stage"]: {"number": letter["id"]} for letter in waiting}
    bad, rubbish = number["schema"], number["envelope"]
    replay = {"ids": [rubbish["number"]], "dry_run": False}
    await walk.ask(OPERATED, "POST", letters + ":replay", json=replay)
    await walk.ask(OPERATED, "GET", letters + "/{number}", names=rubbish)
    fix = {"value": good.model_dump(mode="json"), "dry_run": False}
    await walk.ask(OPERATED, "POST", letters + "/{number}/fix", names=bad, json=fix)
    reason = {"reason": "Không phải sự kiện."}
    await walk.ask(OPERATED, "POST", letters + "/{number}/discard", names=rubbish, json=reason)
    assert (await walk.ask(OPERATED, "GET", "/v1/audit")).json()["items"]


async def looks_after(walk: Walk) -> None:
    schema = {"file": access.NAMES["file"]}
    for path in ("/v1/operations/flow", "/health/live", "/health/ready", "/metrics"):
        await walk.ask(OPERATED, "GET", path)
    await walk.ask(OPERATED, "GET", "/schemas/{file}", names=schema)
