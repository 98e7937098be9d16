"""Who may do what: every route of every service, and the roles whose requests it takes."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

WARD, OTHER_WARD, PERIOD = "26536", "26542", "2026-05"
OFFICER, LEADER, SYSTEM = "ward_officer", "ward_leader", "system"
REVIEWER, DEPARTMENT, OPERATOR = "reviewer", "department_leader", "operator"
VISITOR = "visitor"
"""Somebody whom the identity provider knows and we do not."""

SENDERS = frozenset({OFFICER, LEADER, SYSTEM})
ROLES = SENDERS | {REVIEWER, DEPARTMENT, OPERATOR}
EVERYBODY = ROLES | {VISITOR}
DECIDERS = frozenset({REVIEWER})
READERS = DECIDERS | {DEPARTMENT}
OPERATORS = frozenset({OPERATOR})
NOBODY_NEEDS_A_TOKEN: frozenset[str] = frozenset()

NAMES = {
    "ward": WARD,
    "template": "DXT",
    "period": PERIOD,
    "number": "2000000000",
    "report_id": str(UUID(int=1)),
    "notice_id": str(UUID(int=2)),
    "file": "wardline.report.submitted.v1.schema.json",
}


@dataclass(frozen=True)
class Route:
    """One route; ``of_a_ward``: another ward's people are refused, whatever their role."""

    service: str
    method: str
    path: str
    roles: frozenset[str]
    of_a_ward: bool = False
    request: dict[str, Any] = field(default_factory=dict)
    """What httpx is given beside the address: it is in order, and changes nothing."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from the others."""
        return self.service, self.method, self.path

    @property
    def public(self) -> bool:
        """Whether it is open to all."""
        return not self.roles

    @property
    def address(self) -> str:
        """The path with its names filled in."""
        code = "dxt01" if "passport" in self.path else "DXT"
        return self.path.format(**NAMES, code=code)


def report(method: str, path: str, roles: frozenset[str], **request: object) -> Route:
    place = "/v1/reports/{ward}/{template}/{period}" + path
    return Route("submission", method, place, roles, of_a_ward=True, request=request)


def decision(path: str, **said: object) -> Route:
    """Nobody's report is decided on: there is none of that id."""
    body = {"json": {"version": 1, **said}}
    return Route("validation", "POST", "/v1/reviews/{report_id}" + path, DECIDERS, request=body)


SUBMISSION = [
    Route("submission", "GET", "/v1/wards", EVERYBODY),
    Route("submission", "GET", "/v1/templates", EVERYBODY),
    Route("submission", "GET", "/v1/templates/{code}", EVERYBODY),
    Route(
        "submission",
        "GET",
        "/v1/reports",
        ROLES,
        of_a_ward=True,
        request={"params": {"ward": WARD}},
    ),
    Route(
        "submission",
        "POST",
        "/v1/reports:bulk",
        SENDERS,
        request={"headers": {"content-type": "application/x-ndjson"}, "content": b""},
    ),
    report("GET", "", ROLES),
    report("PUT", "", SENDERS, json={}),
    report("DELETE", "", SENDERS),
    report("GET", "/versions", ROLES),
    report("GET", "/versions/{number}", ROLES),
]
VALIDATION = [
    Route(
        "validation",
        "POST",
        "/v1/checks",
        SENDERS,
        of_a_ward=True,
        request={"json": {"ward": WARD, "template": "DXT", "period": PERIOD, "content": {}}},
    ),
    Route("validation", "GET", "/v1/reviews", READERS),
    Route("validation", "GET", "/v1/reviews/summary", READERS),
    Route("validation", "GET", "/v1/reviews/{report_id}", READERS),
    Route(
        "validation",
        "POST",
        "/v1/reviews:approve",
        DECIDERS,
        request={"json": {"items": [{"report_id": NAMES["report_id"], "version": 1}]}},
    ),
    decision("/approve"),
    decision("/return", code="other", note="–"),
    decision("/revoke", code="other", note="–"),
    decision("/withdraw"),
    decision("/refuse-withdrawal"),
]
AGGREGATION = [
    Route("aggregation", "GET", "/v1/figures/{template}/{period}", ROLES),
    Route("aggregation", "GET", "/v1/figures/{template}/{period}/{code}/passport", ROLES),
    Route(
        "aggregation",
        "GET",
        "/v1/figures/{template}/series",
        ROLES,
        request={"params": {"from": PERIOD, "to": PERIOD}},
    ),
    Route(
        "aggregation",
        "GET",
        "/v1/completeness",
        ROLES,
        request={"params": {"template": "DXT", "period": PERIOD}},
    ),
]
NOTIFICATION = [
    Route("notification", "GET", "/v1/inbox", EVERYBODY),
    Route("notification", "GET", "/v1/inbox/stream", EVERYBODY),
    Route("notification", "POST", "/v1/inbox/{notice_id}/read", EVERYBODY),
    Route("notification", "GET", "/v1/signals/stream", frozenset({SYSTEM})),
    Route("notification", "GET", "/v1/contacts/me", EVERYBODY),
    Route("notification", "PUT", "/v1/contacts/me", EVERYBODY, request={"json": {"email": None}}),
    Route("notification", "GET", "/v1/deliveries", frozenset({OPERATOR})),
]
EVERYWHERE = [
    Route(service, "GET", path, roles)
    for service in ("submission", "validation", "aggregation", "notification")
    for path, roles in (
        ("/v1/operations/flow", OPERATORS),
        ("/v1/audit", OPERATORS),
        ("/v1/dead-letters", OPERATORS),
        ("/v1/dead-letters/{number}", OPERATORS),
        ("/health/live", NOBODY_NEEDS_A_TOKEN),
        ("/health/ready", NOBODY_NEEDS_A_TOKEN),
        ("/metrics", NOBODY_NEEDS_A_TOKEN),
        ("/schemas/{file}", NOBODY_NEEDS_A_TOKEN),
    )
]
MENDING = [
    Route(service, "POST", "/v1/dead-letters" + path, OPERATORS, request={"json": body})
    for service in ("submission", "validation", "aggregation", "notification")
    for path, body in (
        (":replay", {"ids": [1], "dry_run": True}),
        ("/{number}/fix", {"value": {}, "dry_run": True}),
        ("/{number}/discard", {"reason": "Chỉ là thử quyền truy cập."}),
    )
]
TABLE = [*MENDING, *SUBMISSION, *VALIDATION, *AGGREGATION, *NOTIFICATION, *EVERYWHERE]
