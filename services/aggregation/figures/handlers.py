"""Announcing figures that changed, and following the catalogue that they rest on."""

from collections.abc import Sequence

from chassis import catalogue, metrics
from chassis.unit import Received, Unit
from contracts.catalogue import TemplatePublished, WardDefined
from contracts.figures import REPORTS, CityFiguresChanged
from services.aggregation.contributions import ledger
from services.aggregation.contributions.handlers import fold_pending
from services.aggregation.figures import reading, repository
from services.aggregation.figures.reading import FigureSheet

MOST_SETS = 50
"""Sets that one transaction announces; the next turn of the ticker takes the others."""


async def learn(
    events: Sequence[Received[WardDefined] | Received[TemplatePublished]], unit: Unit
) -> None:
    """Keep what the catalogue says, and let the figures follow at once where they can."""
    await catalogue.learn(events, unit)
    await follow_catalogue(unit)


async def follow_catalogue(unit: Unit) -> None:
    """Fold in reports whose template has come; raise sets that another catalogue would change.

    A periodic job too: a report and its template in two transactions may each miss the other.
    """
    await fold_pending(unit)
    states = await repository.catalogue_states(unit.session)
    outdated = await repository.outdated(unit.session, states)
    if outdated:
        await ledger.raise_revisions(unit.session, outdated, unit.now)


async def announce(unit: Unit) -> None:
    """Tell every set that changed since it was last told, once, as it stands now."""
    first = await repository.first_changed(unit.session)
    metrics.FIGURES_UNTOLD_AGE.set((unit.now - first).total_seconds() if first else 0)
    keys = await repository.lock_changed(unit.session, MOST_SETS)
    if not keys:
        return
    # Before anything else of the catalogue is read: what comes meanwhile is told again.
    states = await repository.catalogue_states(unit.session)
    wanted = await reading.all_named(unit.session, keys)
    told = []
    for sheet in await reading.sheets(unit.session, wanted, unit.now):
        event_id = unit.emit(announcement(sheet))
        told.append(((sheet.template.code, sheet.period.code), sheet.revision, event_id))
    await repository.announced(unit.session, told, states)


def announcement(sheet: FigureSheet) -> CityFiguresChanged:
    """The event that tells a sheet."""
    return CityFiguresChanged(
        template_code=sheet.template.code,
        template_version=sheet.template.version,
        period=sheet.period,
        basis=REPORTS,
        revision=sheet.revision,
        as_of=sheet.as_of,
        coverage=sheet.coverage,
        figures=sheet.figures,
    )
