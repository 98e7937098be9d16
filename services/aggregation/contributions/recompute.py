"""Makes the figures anew from the facts, and says where they were not what they should be."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import text

from chassis import catalogue
from chassis.runtime import Runtime
from chassis.unit import Unit
from contracts.figures import REPORTS
from services.aggregation.contributions import evidence, ledger, totals
from services.aggregation.contributions.domain import Tally
from services.aggregation.contributions.evidence import Holdings
from services.aggregation.contributions.handlers import Plans
from services.aggregation.contributions.ledger import Stay
from services.aggregation.contributions.measures import Misfit
from services.aggregation.contributions.repository import Change, Counted, SetKey
from services.aggregation.instant import at_one_instant

log = structlog.get_logger()

CHECK = "--check"

Stays = Mapping[UUID, Stay]


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
    reports, found, due = await _compared(unit, key)
    wrong = [*_differences(found, due)]
    if wrong and not check:
        await _mend(unit, key, reports, found, due)
    if not check:
        await note(unit, key, 0)
    return wrong


async def differences(unit: Unit, key: SetKey) -> list[str]:
    """How a set differs from what its facts add up to, as this transaction sees them."""
    _, found, due = await _compared(unit, key)
    return [*_differences(found, due)]


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


async def _compared(unit: Unit, key: SetKey) -> tuple[list[Change], Holdings, Holdings]:
    """The reports of a set, what it holds, and what it should."""
    reports = await evidence.known(unit.session, key)
    found = await evidence.held(unit.session, key)
    due = evidence.due(await _stays(unit, reports))
    return [change for change, _ in reports], found, due


async def _stays(unit: Unit, reports: Sequence[tuple[Change, Counted | None]]) -> Stays:
    """What should count; a report whose template has not arrived does not yet."""
    counted = {change.report_id: version for change, version in reports if version}
    templates = await catalogue.versions(unit.session, {v.template for v in counted.values()})
    plans = Plans(templates)
    stays: dict[UUID, Stay] = {}
    for report, version in counted.items():
        if version.template in templates:
            try:
                stays[report] = plans.stay(version)
            except Misfit:
                log.exception("report_misfits", report_id=report)
    return stays


async def _mend(
    unit: Unit, key: SetKey, reports: Sequence[Change], found: Holdings, due: Holdings
) -> None:
    wrong = [
        replace(change, counting=change.report_id in found.stays)
        for change in reports
        if found.stays.get(change.report_id) != due.stays.get(change.report_id)
    ]
    entering = {
        change.report_id: due.stays[change.report_id]
        for change in wrong
        if change.report_id in due.stays
    }
    if wrong:
        await ledger.settle(unit, wrong, entering)
    else:
        await ledger.raise_revisions(unit.session, [key], unit.now)
    counting = Tally(stay.contribution for stay in due.stays.values())
    await totals.replace(unit.session, key, counting)


def _differences(found: Holdings, due: Holdings) -> Iterator[str]:
    for report in sorted(found.stays.keys() | due.stays.keys()):
        is_now, should = found.stays.get(report), due.stays.get(report)
        if is_now != should:
            yield f"report {report}: {_counts(is_now)} instead of {_counts(should)}"
    yield from _between("total", found.sums, due.sums)
    yield from _between("value", found.values, due.values)


def _counts(stay: Stay | None) -> str:
    if stay is None:
        return "nothing"
    return f"version {stay.version} with {len(stay.contribution.amounts)} amounts"


def _between(what: str, found: Mapping[Any, object], due: Mapping[Any, object]) -> Iterator[str]:
    for at in sorted(found.keys() | due.keys(), key=str):
        if found.get(at) != due.get(at):
            yield f"{what} {at}: {found.get(at)} instead of {due.get(at)}"
