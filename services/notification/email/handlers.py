"""What is to be mailed when a decision is heard, and what is given up."""

from collections.abc import Sequence

import structlog

from chassis import metrics
from chassis.unit import Received, Unit
from services.notification.email import domain, ledger, repository
from services.notification.inbox import domain as inbox
from services.notification.inbox.domain import tell_ward
from services.notification.loops import queued
from services.notification.waiting.domain import Heard

log = structlog.get_logger()


async def queue(events: Sequence[Received[Heard]], unit: Unit) -> None:
    """Make the deliveries of a batch, for those contacts of the ward who want them."""
    told = [
        telling
        for r in events
        if type(r.event) in domain.KINDS and (telling := tell_ward(r.event, r.id, unit.now))
    ]
    if told and await repository.queue(unit.session, told, unit.now):
        unit.after_commit(queued)


async def purge(unit: Unit) -> None:
    """Give up what is news no more, and delete what is older than notices are kept."""
    expired = await ledger.expire(unit.session, unit.now - domain.SENDABLE, unit.now)
    await ledger.purge(unit.session, unit.now - inbox.KEPT)
    if expired:
        log.error("deliveries_expired", count=expired)
        metrics.NOTIFICATIONS.labels(domain.EMAIL, "any", "expired").inc(expired)
