"""What is to be mailed of what wards are told, and what is given up."""

from collections.abc import Sequence

import structlog

from chassis import metrics
from chassis.unit import Unit
from services.notification.email import domain, ledger, repository
from services.notification.inbox import domain as inbox
from services.notification.inbox.domain import Telling
from services.notification.loops import queued

log = structlog.get_logger()


async def queue(tellings: Sequence[Telling], unit: Unit) -> None:
    """Make the deliveries of a batch, for those contacts of the ward who want them."""
    mailed = [telling for telling in tellings if telling.kind in domain.KINDS]
    if mailed:
        wards = await repository.reachable(unit.session, {telling.ward_code for telling in mailed})
        mailed = [telling for telling in mailed if telling.ward_code in wards]
    if mailed and await repository.queue(unit.session, mailed, unit.now):
        unit.after_commit(queued)


async def purge(unit: Unit) -> None:
    """Give up what is news no more, and delete what is older than notices are kept."""
    expired = await ledger.expire(unit.session, unit.now - domain.SENDABLE, unit.now)
    await ledger.purge(unit.session, unit.now - inbox.KEPT)
    if expired:
        log.error("deliveries_expired", count=expired)
        metrics.NOTIFICATIONS.labels(domain.EMAIL, "any", "expired").inc(expired)
