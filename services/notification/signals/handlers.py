"""What is signalled when something is heard, and when it is forgotten."""

from collections.abc import Sequence

from chassis.unit import Received, Unit
from contracts.decisions import Decision
from contracts.figures import CityFiguresChanged
from contracts.reports import ReportSubmitted, ReportWithdrawalRequested
from services.notification.loops import written
from services.notification.signals import domain, repository
from services.notification.streams import repository as logs

Report = ReportSubmitted | ReportWithdrawalRequested | Decision


async def signal_reports(events: Sequence[Received[Report]], unit: Unit) -> None:
    """Signal that reports changed; the unit holds the lock of the logs from here on."""
    await _add([domain.of_report(received.event) for received in events], unit)


async def signal_figures(events: Sequence[Received[CityFiguresChanged]], unit: Unit) -> None:
    """Signal that figures changed; the unit holds the lock of the logs from here on."""
    await _add([domain.of_figures(received.event) for received in events], unit)


async def purge(unit: Unit) -> None:
    """Delete signals that are older than two days."""
    log = repository.SIGNALS
    await logs.purge(unit.session, log.table, log.expendable, unit.now - domain.KEPT)


async def _add(changes: Sequence[domain.Change], unit: Unit) -> None:
    await logs.lock(unit.session)
    await repository.add(unit.session, changes, unit.now)
    unit.after_commit(written)
