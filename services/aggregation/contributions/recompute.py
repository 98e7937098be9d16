"""Makes the figures anew from the facts, and says where they were not what they should be."""

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import text

from chassis.runtime import Runtime
from chassis.unit import Unit
from contracts.figures import REPORTS
from services.aggregation.contributions import evidence, ledger, repository, totals
from services.aggregation.contributions.domain import Contribution, Tally
from services.aggregation.contributions.evidence import Holdings, Stay
from services.aggregation.contributions.handlers import fitting, templates_of
from services.aggregation.contributions.plans import Templates
from services.aggregation.contributions.repository import Known, SetKey
from services.aggregation.instant import at_one_instant

log = structlog.get_logger()

CHECK = "--check"


async def recompute(runtime: Runtime, arguments: list[str]) -> None:
    """Make the figures anew from the facts; with --check only say what differs, and exit 1."""
    if arguments not in ([], [CHECK]):
        sys.exit(f"recompute takes nothing but {CHECK}")
    async with runtime.database.unit() as unit:
        keys = await evidence.set_keys(unit.session)
    wrong = 0
    for number, key in enumerate(keys, 1):
        mend = partial(mended, key=key, check=arguments == [CHECK])
        found = await runtime.database.transact(mend)
        wrong += len(found)
        for difference in found:
            sys.stdout.write(f"{'/'.join(key)}: {difference}\n")
        sys.stderr.write(f"[{number}/{len(keys)}] {'/'.join(key)}\n")
    verb = "found" if arguments else "mended"
    sys.stdout.write(f"{len(keys)} figure sets, {wrong} differences {verb}\n")
    if wrong and arguments:
        sys.exit(1)


async def mended(unit: Unit, *, key: SetKey, check: bool) -> list[str]:
    """What was wrong in a set; unless only checked, it is right now, at a later revision."""
    if check:
        await at_one_instant(unit.session)
    else:
        await evidence.hold(unit.session, key, unit.now)
    due, templates, found, should = await _compared(unit, key)
    wrong = [*_differences(found, should)]
    if wrong and not check:
        await _mend(unit, key, due, templates, _wrong(found, should))
    if not check:
        await note(unit, key, 0)
    return wrong


async def differences(unit: Unit, key: SetKey) -> list[str]:
    """How a set differs from what its facts add up to, as this transaction sees them."""
    _, _, found, should = await _compared(unit, key)
    return [*_differences(found, should)]


async def note(unit: Unit, key: SetKey, differing: int) -> None:
    """Keep what a comparison of a set with its facts found."""
    await unit.session.execute(
        text("""
            INSERT INTO reconciliation AS known
                (template_code, period_code, basis, checked_at, differences)
            VALUES (:template, :period, :basis, :now, :differing)
            ON CONFLICT (template_code, period_code, basis) DO UPDATE
            SET checked_at = excluded.checked_at, differences = excluded.differences
        """),
        {
            "template": key[0],
            "period": key[1],
            "basis": REPORTS,
            "now": unit.now,
            "differing": differing,
        },
    )


Due = Sequence[tuple[Known, Contribution | None]]
"""Every report of a set, and what it should add; null for nothing."""


async def _compared(unit: Unit, key: SetKey) -> tuple[Due, Templates, Holdings, Holdings]:
    """The reports of a set with their templates, what the set holds, and what it should."""
    reports = await repository.of_set(unit.session, key)
    templates = await templates_of(unit.session, (known.counted for known in reports), reports)
    due = [(known, fitting(known, templates)) for known in reports]
    found = await evidence.held(unit.session, key, reports)
    adding = [(known, contribution) for known, contribution in due if contribution is not None]
    return due, templates, found, evidence.due(adding)


async def _mend(
    unit: Unit, key: SetKey, due: Due, templates: Templates, wrong: Collection[UUID]
) -> None:
    """Let the wrong reports be in the totals as they should, and the totals what they come to."""
    if wrong:
        corrected = [each for each in due if each[0].report_id in wrong]
        await ledger.correct(unit, corrected, templates)
    else:
        await ledger.raise_revisions(unit.session, [key], unit.now)
    counting = Tally(contribution for _, contribution in due if contribution is not None)
    await totals.replace(unit.session, key, counting)


def _wrong(found: Holdings, due: Holdings) -> list[UUID]:
    """The reports that are in the totals otherwise than they should."""
    reports = sorted(found.stays.keys() | due.stays.keys())
    return [report for report in reports if found.stays.get(report) != due.stays.get(report)]


def _differences(found: Holdings, due: Holdings) -> Iterator[str]:
    for report in _wrong(found, due):
        is_now, should = found.stays.get(report), due.stays.get(report)
        yield f"report {report}: {_counts(is_now)} instead of {_counts(should)}"
    yield from _between("total", found.sums, due.sums)
    yield from _between("value", found.values, due.values)


def _counts(stay: Stay | None) -> str:
    if stay is None:
        return "nothing"
    return f"version {stay.version} with {len(stay.nulls)} nulls"


def _between(what: str, found: Mapping[Any, object], due: Mapping[Any, object]) -> Iterator[str]:
    for at in sorted(found.keys() | due.keys(), key=str):
        if found.get(at) != due.get(at):
            yield f"{what} {at}: {found.get(at)} instead of {due.get(at)}"
