"""Reports read back from submission's own topic, after a restore that lost them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chassis import catalogue
from chassis.operations.own_topics import Told
from chassis.unit import Received, Unit
from contracts.catalogue import TemplatePublished, WardDefined
from contracts.reports import ReportSubmitted, ReportWithdrawalRequested, SubmissionEvent
from services.submission.reports import repository
from services.submission.reports.domain import Address, Sent, Standing
from services.submission.reports.repository import NewVersion, NewWithdrawal


async def take_back(events: Sequence[Received[Any]], unit: Unit) -> int:
    """Keep what was told and is not here: a report's numbers rise, so it is all above its last."""
    known = [e for e in events if isinstance(e.event, WardDefined | TemplatePublished)]
    if known:
        await catalogue.learn(known, unit)
    said = [e for e in events if isinstance(e.event, SubmissionEvent)]
    wanted = {_address(e.event): e.event.period for e in said}
    standings = await repository.lock(unit.session, wanted) if wanted else {}
    missing = 0
    for received in sorted(said, key=lambda e: (e.event.key, e.event.sequence)):
        address, event = _address(received.event), received.event
        if event.submission_no > standings[address].submission_no:
            standings[address] = await _keep(received, standings[address], unit)
            missing += 1
    return missing


async def _keep(received: Received[Any], standing: Standing, unit: Unit) -> Standing:
    event = received.event
    if isinstance(event, ReportWithdrawalRequested):
        asked = replace(standing, submission_no=event.submission_no, version=event.version)
        by = (event.requested_at, event.requested_by, received.id)
        await repository.add_withdrawal(unit.session, NewWithdrawal(event.report_id, asked, *by))
        return asked
    return await _keep_version(event, received, standing, unit)


async def _keep_version(
    event: ReportSubmitted, received: Received[Any], standing: Standing, unit: Unit
) -> Standing:
    sent = Sent(
        _address(event), event.period, event.template_version, event.content, event.content_digest
    )
    kept = replace(
        standing,
        submission_no=event.submission_no,
        version=event.version,
        digest=event.content_digest,
        submitted_at=event.submitted_at,
        first_submitted_at=event.first_submitted_at,
    )
    new = NewVersion(sent, kept, event.submitted_by, event.channel, received.id)
    await repository.add(unit.session, [new])
    return kept


def _address(event: SubmissionEvent) -> Address:
    return Address(event.ward_code, event.template_code, event.period.code)


TOLD = Told(
    topics=("submission.catalogue", "submission.reports"),
    numbered=(ReportSubmitted, ReportWithdrawalRequested),
    highest="SELECT max(submission_no) FROM report",
    taking_back=lambda: take_back,
)
