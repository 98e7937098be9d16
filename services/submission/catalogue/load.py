"""Loads the catalogue's files into the database and tells what changed."""

import sys

import structlog
from sqlalchemy import text

from chassis import catalogue
from chassis.runtime import Runtime
from chassis.unit import Unit
from services.submission.catalogue import domain, files
from services.submission.catalogue.domain import CatalogueError
from services.submission.catalogue.files import Catalogue

log = structlog.get_logger()

LOADER = "service/submission"
"""Who loads: a release does, no person."""


async def load(runtime: Runtime, _: list[str]) -> None:
    """Load wards and templates from the files, and publish what changed."""
    try:
        read = files.read()
        changed = await runtime.database.transact(lambda unit: apply(unit, read))
    except CatalogueError as error:
        sys.exit(f"submission: the catalogue is not loaded: {error}")
    sys.stdout.write(f"submission: {changed} changes of {len(read.wards)} wards")
    sys.stdout.write(f" and {len(read.templates)} templates published\n")


async def load_new_release(unit: Unit) -> None:
    """Load the files unless this very release of them was loaded before.

    So a replica of the release before, while both run, does not turn back what the newer
    one published.
    """
    read = files.read()
    if not await _is_loaded(unit, read.digest):
        await apply(unit, read)


async def apply(unit: Unit, read: Catalogue) -> int:
    """Make the database say what the files say; how many entries changed.

    Raises:
        CatalogueError: when something published would be changed in a way it must not be.
    """
    await unit.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('submission.catalogue', 0))")
    )
    known = {ward.code: ward for ward in await catalogue.wards(unit.session)}
    codes = {template.code for template in read.templates}
    wards = domain.changed_wards(known, read.wards)
    published = await catalogue.every_version(unit.session, codes)
    templates = domain.new_templates(published, read.templates)
    await catalogue.keep_wards(unit.session, wards)
    await catalogue.keep_templates(unit.session, templates)
    changes = domain.events(wards, templates)
    for change in changes:
        unit.emit(change, event_id=domain.event_id(change))
    if changes:
        entries = [f"{change.key}/{change.sequence}" for change in changes]
        unit.audit("catalogue-loaded", LOADER, f"catalogue/{read.digest}", entries=entries)
    await _note_loaded(unit, read.digest)
    log.info("catalogue_loaded", wards=len(wards), templates=len(templates))
    return len(changes)


async def _is_loaded(unit: Unit, digest: str) -> bool:
    found = await unit.session.scalar(
        text("SELECT 1 FROM catalogue_load WHERE digest = :digest"), {"digest": digest}
    )
    return found is not None


async def _note_loaded(unit: Unit, digest: str) -> None:
    await unit.session.execute(
        text("""
            INSERT INTO catalogue_load (digest, loaded_at) VALUES (:digest, :now)
            ON CONFLICT DO NOTHING
        """),
        {"digest": digest, "now": unit.now},
    )
