"""The reports of one transaction, what was said about them, and what was decided. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from contracts.decisions import WAITING, CheckedAgainst
from contracts.reports import ReportSubmitted, ReportWithdrawalRequested
from contracts.template import Template
from services.validation.review import domain
from services.validation.review.domain import Step
from services.validation.review.report import Report, Sent, sent
from services.validation.rules.domain import Basis, Verdict, judge, previous_id

TemplateKey = tuple[str, int]


class OutOfPlace(ValueError):
    """What was said cannot follow what is known of the report; ``args[0]`` is why."""


class Decided(NamedTuple):
    """A step, with what caused it: whatever the caller gave."""

    step: Step
    cause: Any


@dataclass
class Docket:
    """Works on reports that are locked; what it holds at the end is to be written.

    ``templates`` and ``bases`` are what was looked up before: the template versions in
    question, and what counts of the reports for the periods before.
    """

    reports: dict[UUID, Report]
    templates: Mapping[TemplateKey, Template]
    bases: Mapping[UUID, Basis]
    now: datetime
    least: int = 1
    """The least number that a decision is given now."""
    known: frozenset[UUID] = field(init=False)
    """The reports that are in the database already."""
    versions: list[tuple[UUID, Sent]] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)
    heard: set[UUID] = field(default_factory=set)
    """The reports that something new was said about."""

    def __post_init__(self) -> None:
        self.known = frozenset(self.reports)

    def hear(
        self, event: ReportSubmitted | ReportWithdrawalRequested, cause: object = None
    ) -> None:
        """Take what submission says; the same or something older changes nothing.

        Raises:
            OutOfPlace: ``submission-unknown`` or ``version-repeated``.
        """
        if isinstance(event, ReportSubmitted):
            self._submitted(event, cause)
        else:
            self._asked_back(event, cause)

    def judge(self, report: Report, cause: object = None) -> None:
        """Let the rules decide, if the report's template is there; else it goes on waiting."""
        template = self.template(report)
        if template is None:
            self.reports[report.report_id] = report
            return
        verdict = self.verdict(report, template)
        self.add(domain.judged(report, verdict, template.review, self.now), cause)

    def judge_waiting(self) -> None:
        """Let the rules decide on every report that waited for its template."""
        for report in list(self.reports.values()):
            if report.state == WAITING:
                self.judge(report)

    def verdict(self, report: Report, template: Template) -> Verdict:
        """What the rules say of the latest version now."""
        return judge(
            template,
            report.latest.content,
            report.period,
            self.basis(report, template),
            correction=report.correction,
        )

    def rechecked(self, report: Report) -> Verdict:
        """The verdict on the report: a new one when the rules would compare with another version.

        Without the template it stays: a report that was judged had it.
        """
        template = self.template(report)
        if template is None or report.verdict.compared_with(self.basis(report, template)):
            return report.verdict
        return self.verdict(report, template)

    def template(self, report: Report) -> Template | None:
        """The template version of the latest content, if it is there."""
        return self.templates.get((report.template_code, report.latest.template_version))

    def basis(self, report: Report, template: Template) -> Basis | None:
        """What counts for the period before, decisions of this transaction included."""
        before = previous_id(report.ward_code, template, report.period)
        if before is None:
            return None
        if before in self.reports:
            return basis_of(self.reports[before])
        return self.bases.get(before)

    def add(self, step: Step, cause: object = None) -> None:
        """Keep a decision."""
        self.reports[step.report.report_id] = step.report
        self.heard.add(step.report.report_id)
        self.decided.append(Decided(step, cause))

    def _submitted(self, event: ReportSubmitted, cause: object) -> None:
        version = sent(event)
        self.versions.append((event.report_id, version))
        report = self.reports.get(event.report_id)
        if report and event.submission_no <= report.submission_no:
            return
        if report and event.version <= report.latest.version:
            raise OutOfPlace("version-repeated")
        self.heard.add(event.report_id)
        self.judge(domain.take(report, event, version, self.least), cause)

    def _asked_back(self, event: ReportWithdrawalRequested, cause: object) -> None:
        report = self.reports.get(event.report_id)
        if report is None or event.version > report.latest.version:
            raise OutOfPlace("submission-unknown")
        if event.submission_no <= report.submission_no:
            return
        self.heard.add(event.report_id)
        after, decision = domain.asked_back(report, event, self.now)
        if decision:
            self.add(Step(after, decision), cause)
        else:
            self.reports[event.report_id] = after


def basis_of(report: Report) -> Basis | None:
    """What counts of a report, for the rules of the next period."""
    if report.counted is None:
        return None
    against = CheckedAgainst(
        report_id=report.report_id,
        ward_code=report.ward_code,
        template_code=report.template_code,
        template_version=report.counted.template_version,
        period=report.period,
        version=report.counted.version,
    )
    return Basis(against, report.counted.content)
