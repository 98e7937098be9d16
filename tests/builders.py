"""Wards, templates, reports and what is decided on them, in few words."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contracts import decisions, reports, vietnamese
from contracts.catalogue import DAC_KHU, PHUONG, XA, WardDefined
from contracts.content import Content, Gap
from contracts.decisions import (
    ApprovalRevoked,
    Counted,
    ReportApproved,
    ReportPassedRules,
    ReportReturned,
    ReportWithdrawn,
    WithdrawalRefused,
)
from contracts.period import Period
from contracts.reports import ReportSubmitted, ReportWithdrawalRequested
from contracts.template import Template

TEMPLATES = Path(__file__).parents[1] / "services" / "submission" / "catalogue" / "templates"
KINDS = {PHUONG: "Phường", XA: "Xã", DAC_KHU: "Đặc khu"}
NOON = datetime(2025, 11, 3, 5, tzinfo=UTC)


@cache
def template(code: str) -> Template:
    """One of the seven, as the catalogue has it."""
    text = (TEMPLATES / f"{code.lower()}.yaml").read_text()
    return Template.model_validate(yaml.safe_load(text))


def ward(
    code: str = "26734", name: str = "Hiệp Bình", kind: str = PHUONG, **parts: object
) -> WardDefined:
    """A ward that exists since July 2025, unless ``parts`` say otherwise."""
    known: dict[str, object] = {
        "code": code,
        "version": 1,
        "name": f"{KINDS[kind]} {name}",
        "kind": kind,
        "sort_key": vietnamese.sort_key(name),
        "valid_from": date(2025, 7, 1),
    }
    return WardDefined.model_validate(known | parts)


def content(
    values: Mapping[str, Any] | None = None,
    lists: Mapping[str, Any] | None = None,
    **parts: object,
) -> Content:
    """A canonical content; each null among the values has its gap."""
    values, lists = values or {}, lists or {}
    nulls = [f"/values/{name}" for name, value in values.items() if value is None]
    nulls += [f"/lists/{name}" for name, rows in lists.items() if rows is None]
    gaps = {pointer: Gap(reason="no-data") for pointer in nulls}
    return Content.model_validate({"values": values, "lists": lists, "gaps": gaps} | parts)


class Report:
    """A ward's report through its life; each call is one event more, in order."""

    def __init__(self, ward_code: str, form: Template | str, period: str) -> None:
        self.form = template(form) if isinstance(form, str) else form
        self.identity: dict[str, Any] = {
            "report_id": reports.report_id(ward_code, self.form.code, period),
            "ward_code": ward_code,
            "template_code": self.form.code,
            "template_version": self.form.version,
            "period": Period.parse(period, self.form.scheme),
        }
        self.version = self.submission_no = self.decision_no = 0
        self.versions: dict[int, dict[str, Any]] = {}
        self.counted: int | None = None
        self.state = decisions.RECEIVED

    def sent(self, body: Content, at: datetime = NOON) -> ReportSubmitted:
        """The ward sends this as its next version."""
        self.version += 1
        self.submission_no += 1
        first = self.versions[1]["first_submitted_at"] if self.versions else at
        self.versions[self.version] = {
            "version": self.version,
            "content": body,
            "content_digest": body.digest,
            "submitted_at": at,
            "first_submitted_at": first,
            "submitted_by": "officer-1",
            "channel": reports.PORTAL,
        }
        return ReportSubmitted.model_validate(
            self.identity | self.versions[self.version] | {"submission_no": self.submission_no}
        )

    def withdrawal_requested(self) -> ReportWithdrawalRequested:
        """The ward asks to take it back."""
        self.submission_no += 1
        asked = {
            "submission_no": self.submission_no,
            "version": self.version,
            "requested_at": NOON,
            "requested_by": "officer-1",
        }
        return ReportWithdrawalRequested.model_validate(self.identity | asked)

    def passed(self, body: Content | None = None, **parts: object) -> ReportPassedRules:
        """The rules let the latest version through; a body is sent as a new one first."""
        if body is not None:
            self.sent(body)
        self.state = decisions.IN_REVIEW
        return ReportPassedRules.model_validate(self._decided(parts))

    def returned(
        self, code: str = decisions.WRONG_FIGURES, *, note: str = "", **parts: object
    ) -> ReportReturned:
        """The latest version goes back to the ward."""
        self.state = decisions.RETURNED
        return ReportReturned.model_validate(self._decided({"code": code, "note": note} | parts))

    def approved(self, body: Content | None = None, **parts: object) -> ReportApproved:
        """The latest version counts from now on; a body is sent as a new one first."""
        if body is not None:
            self.sent(body)
        self.state, self.counted = decisions.APPROVED, self.version
        return ReportApproved.model_validate(self._decided(parts))

    def revoked(self, code: str = decisions.WRONG_FIGURES, **parts: object) -> ApprovalRevoked:
        """What counted counts no more."""
        revoked, self.counted = self.counted, None
        self.state = decisions.REVOKED if revoked == self.version else self.state
        about = {"code": code, "revoked_version": revoked}
        return ApprovalRevoked.model_validate(self._decided(about | parts))

    def withdrawn(self, **parts: object) -> ReportWithdrawn:
        """The ward took back what was not approved."""
        self.state = decisions.WITHDRAWN
        return ReportWithdrawn.model_validate(self._decided(parts))

    def refused(self, **parts: object) -> WithdrawalRefused:
        """The department keeps it."""
        return WithdrawalRefused.model_validate(self._decided(parts))

    def _decided(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        self.decision_no += 1
        whole = {
            **self.identity,
            **self.versions[self.version],
            "decision_no": self.decision_no,
            "decided_at": NOON + timedelta(minutes=self.decision_no),
            "state": self.state,
            "counted_version": self.counted,
            "counted": self._counted(),
        }
        return whole | dict(parts)

    def _counted(self) -> Counted | None:
        if self.counted in {None, self.version}:
            return None
        kept = self.versions[self.counted or 0]
        return Counted.model_validate({**kept, "template_version": self.form.version})
