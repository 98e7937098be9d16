"""A line of one report, made by hand, as the checker would read it: sound in every way."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from tests.chaos.checker import Evidence, audit
from tests.chaos.checker.evidence import (
    HEARS,
    SERVICES,
    TOPIC_OF,
    Group,
    Request,
    Seen,
    Told,
    Usage,
)

REPORT = "26536/IP/2025-H2"
REPORT_ID = UUID(int=1)
OFFICER, REVIEWER = "officer", "reviewer"
CONTENT = {"values": {"ip01": 7}}
TEMPLATE: dict[str, Any] = {
    "code": "IP",
    "version": 1,
    "fields": {"ip01": {"type": "int"}},
    "lists": {},
    "derived": {},
}
PUBLISHED, SUBMITTED, PASSED, APPROVED, FIGURES = (str(UUID(int=n)) for n in range(11, 16))
NOW = datetime(2026, 5, 20, 3, tzinfo=UTC)
ABOUT: dict[str, Any] = {"report_id": REPORT_ID, "ward_code": "26536", "template_code": "IP"}
ABOUT |= {"period_code": "2025-H2"}

Rows = dict[str, list[dict[str, Any]]]


def told(offset: int, id_: str, kind: str, key: str, sequence: int, **data: object) -> Told:
    full = f"wardline.{kind}.v1"
    return Told((TOPIC_OF[full], 0, offset), 100.0 + offset, id_, full, key, sequence, data)


def events() -> list[Told]:
    report: dict[str, Any] = {"ward_code": "26536", "decided_at": NOW.isoformat()}
    figure: dict[str, Any] = {"code": "ip01", "breakdown": {}, "method": "sum", "value": "7"}
    figures: dict[str, Any] = {
        "template_code": "IP",
        "period": {"code": "2025-H2"},
        "basis": "reports",
    }
    figures |= {"revision": 1, "coverage": {"counted": 1}, "figures": [figure]}
    return [
        told(0, PUBLISHED, "template.published", "IP", 1, template=TEMPLATE),
        told(0, SUBMITTED, "report.submitted", str(REPORT_ID), 1, **report),
        told(0, PASSED, "report.passed-rules", str(REPORT_ID), 1, **report),
        told(1, APPROVED, "report.approved", str(REPORT_ID), 2, **report),
        told(0, FIGURES, "city-figures.changed", "IP/2025-H2/reports", 1, **figures),
    ]


def submission() -> Rows:
    version = {"report_id": REPORT_ID, "version": 1, "template_version": 1, "content": CONTENT}
    version |= {"event_id": UUID(SUBMITTED), "submitted_by": OFFICER}
    act = {"who": OFFICER, "object": f"report/{REPORT_ID}", "version": 1, "action": "sent"}
    return {
        "report": [ABOUT | {"latest_version": 1, "submission_no": 1}],
        "report_version": [version],
        "report_status": [standing() | {"counted_version": 1}],
        "audit": [act | {"id": 1}],
        "audit_unsealed": [],
    }


def standing() -> dict[str, Any]:
    return {"report_id": REPORT_ID, "decision_no": 2, "state": "approved"}


def validation() -> Rows:
    decision = {"report_id": REPORT_ID, "version": 1, "decided_on_version": 1}
    by_rules = decision | {"decision_no": 1, "type": "wardline.report.passed-rules.v1"}
    by_person = decision | {"decision_no": 2, "type": "wardline.report.approved.v1"}
    report = ABOUT | standing() | {"submission_no": 1, "counted_version": 1}
    version = {"report_id": REPORT_ID, "version": 1, "template_version": 1, "content": CONTENT}
    return {
        "report": [report],
        "version": [version],
        "decision": [
            by_rules | {"event_id": UUID(PASSED), "decided_by": None},
            by_person | {"event_id": UUID(APPROVED), "decided_by": REVIEWER},
        ],
        "audit": [{"id": 1, "who": REVIEWER, "object": f"report/{REPORT_ID}"}],
    }


def aggregation() -> Rows:
    fact = ABOUT | standing() | {"pending": False, "counted": CONTENT}
    place = {"template_code": "IP", "period_code": "2025-H2", "basis": "reports"}
    total = {"code": "ip01", "breakdown": "", "numerator": Decimal(7), "denominator": Decimal(0)}
    stay = {"entered_revision": 1, "entered_decision_no": 2}
    revision = {"revision": 1, "announced_revision": 1, "event_id": UUID(FIGURES)}
    return {
        "fact": [fact | {"counted_version": 1, "counted_template_version": 1} | stay],
        "figure_set": [place | revision],
        "accumulator": [place | total],
        "contribution": [],
    }


def notification() -> Rows:
    ward = {"recipient_kind": "ward", "recipient_id": "26536"}
    changes: tuple[tuple[str, str, int], ...] = (
        ("submitted", "submission_no", 1),
        ("passed-rules", "decision_no", 1),
    )
    changes += (("approved", "decision_no", 2),)
    signals: list[dict[str, Any]] = [
        {"kind": "report", "params": {"change": kind, "report_id": str(REPORT_ID), name: number}}
        for kind, name, number in changes
    ]
    place = {"template": "IP", "period": "2025-H2", "basis": "reports", "revision": 1}
    signals.append({"kind": "figures", "params": place})
    return {
        "notice": [
            ward | {"event_id": UUID(event), "position": position}
            for position, event in ((1, SUBMITTED), (3, APPROVED))
        ],
        "signal": [signal | {"position": n} for n, signal in enumerate(signals, start=1)],
        "standing": [standing()],
        "read_mark": [],
    }


def sound() -> Evidence:
    """One report that was sent, checked, approved, added up and told."""
    tables: dict[str, Rows] = {
        "submission": submission(),
        "validation": validation(),
        "aggregation": aggregation(),
        "notification": notification(),
    }
    evidence = Evidence(tables=tables, told=events())
    for service in SERVICES:
        heard = [one.id for one in evidence.told if one.type in HEARS[service]]
        tables[service]["inbox"] = [{"event_id": UUID(event)} for event in heard]
        tables[service]["audit_seal"] = []
        tables[service]["audit_unsealed"] = []
        tables[service].setdefault("audit", [])
        evidence.applied = [
            *evidence.applied,
            *({"service": service, "event_id": event, "times": 1} for event in heard),
        ]
    seal(tables)
    evidence.requests = [
        Request("put", OFFICER, REPORT, "acknowledged", 1, content=CONTENT, status=202),
        Request("approve", REVIEWER, REPORT, "acknowledged", key="k", told=1),
    ]
    evidence.seen = [Seen("page", "inbox", "26536", "notice", n) for n in (1, 3)]
    surroundings(evidence)
    return evidence


def seal(tables: Mapping[str, Rows]) -> None:
    """The chain over each audit, as the services make it."""
    blank = {"at": NOW, "action": "approved", "version": 1, "correlation_id": "", "details": {}}
    for service, rows in tables.items():
        before = audit.beginning(service)
        for position, row in enumerate(rows["audit"], start=1):
            row.update(blank | row)
            before = audit.link(before, row)
            rows["audit_seal"].append({"position": position, "entry": row["id"], "hash": before})


def surroundings(evidence: Evidence) -> None:
    evidence.ends = {(topic, 0): 2 for topic in set(TOPIC_OF.values())}
    evidence.groups = {
        service: Group(service, "Stable", frozenset(evidence.ends), evidence.ends)
        for service in SERVICES
    }
    evidence.crossings = [("submission", "validation.report", "42501")]
    evidence.baseline = evidence.usage = Usage({"submission-1": 10**8}, {"submission": 10})
