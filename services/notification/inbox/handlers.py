"""What the inbox does when it hears of a report, and what it forgets."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from operator import attrgetter

from chassis import clock, metrics
from chassis.unit import Received, Unit
from services.notification.inbox import domain, repository
from services.notification.inbox.domain import Telling
from services.notification.loops import written
from services.notification.signals import domain as signals
from services.notification.signals import repository as signalled
from services.notification.streams import repository as logs
from services.notification.waiting import domain as waiting
from services.notification.waiting import repository as waits
from services.notification.waiting.domain import Heard

Report = Received[Heard]


def for_wards(events: Sequence[Report], now: datetime) -> list[Telling]:
    """What the wards are told of a batch, in the order in which it happened.

    A batch has no order between topics: a verdict may stand before the report it is about.
    """
    told = (domain.tell_ward(received.event, received.id, now) for received in events)
    return sorted((telling for telling in told if telling), key=attrgetter("at"))


async def tell(events: Sequence[Report], wards: Sequence[Telling], unit: Unit) -> None:
    """Tell wards what happened, and reviewers what waits now.

    From here on the unit holds the lock of the logs: nothing may take other locks after it.
    """
    moved = [received for received in events if waiting.moves(received.event)]
    if moved:
        await waits.keep(unit.session, waiting.standings(r.event for r in moved))
    await logs.lock(unit.session)
    tellings = [*wards, *await _reviewers(moved, unit)]
    if tellings:
        kinds = await repository.tell(unit.session, tellings, unit.now)
        unit.after_commit(partial(_count, kinds, [telling.at for telling in wards]))
    unit.after_commit(written)


async def purge(unit: Unit) -> None:
    """Delete notices that are older than 90 days, except of what still waits."""
    log = repository.NOTICES
    await logs.purge(unit.session, log.table, log.expendable, unit.now - domain.KEPT)


async def _reviewers(events: Sequence[Report], unit: Unit) -> list[Telling]:
    """The queues whose count changed; a signal of each goes to the log of signals."""
    touched = {waiting.queue(r.event): r.id for r in events}
    if not touched:
        return []
    found = await waits.backlogs(unit.session, list(touched))
    told = [
        domain.tell_reviewers(backlog, before, touched[backlog.queue], unit.now)
        for backlog, before in found
    ]
    tellings = [telling for telling in told if telling]
    changes = [signals.of_queue(telling.queue, telling.params) for telling in tellings]
    await signalled.add(unit.session, changes, unit.now)
    return tellings


def _count(kinds: Sequence[str], instants: Sequence[datetime]) -> None:
    for kind, told in Counter(kinds).items():
        metrics.NOTIFICATIONS.labels("inbox", kind, "told").inc(told)
    now, seconds = clock.now(), metrics.NOTIFICATION_SECONDS.labels("inbox")
    for at in instants:
        seconds.observe(max((now - at).total_seconds(), 0.0))
