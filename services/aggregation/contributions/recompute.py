"""Makes the figures anew from the facts, and says where they were not what they should be."""

import sys
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from chassis import catalogue
from chassis.runtime import Runtime
from chassis.unit import Unit
from contracts.figures import REPORTS
from services.aggregation.contributions import evidence, ledger, totals
from services.aggregation.contributions.domain import Plan
from services.aggregation.contributions.evidence import Holdings, Stay
from services.aggregation.contributions.repository import Change, SetKey

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
        differences = await runtime.database.transact(mend)
        wrong += len(differences)
        for difference in differences:
            sys.stdout.write(f"{'/'.join(key)}: {difference}\n")
        sys.stderr.write(f"[{number}/{len(keys)}] {'/'.join(key)}\n")
    verb = "found" if arguments else "mended"
    sys.stdout.write(f"{len(keys)} figure sets, {wrong} differences {verb}\n")
    if wrong and arguments:
        sys.exit(1)


async def mended(unit: Unit, *, key: SetKey, check: bool) -> list[str]:
    """What was wrong in a set; unless only checked, it is right now, at a later revision."""
    await evidence.hold(unit.session, key)
    found = await evidence.held(unit.session, key)
    due = await _due(unit, key)
    differences = [*_differences(found, due)]
    if differences and not check:
        await _mend(unit, key, found, due)
    return differences


async def _due(unit: Unit, key: SetKey) -> Holdings:
    counted = await evidence.counted(unit.session, key)
    wanted = {version.template for version in counted.values()}
    known = await catalogue.versions(unit.session, wanted)
    plans = {version: Plan(template) for version, template in known.items()}
    return evidence.due(
        {
            report: (version.version, plans[version.template].contribution(version.content))
            for report, version in counted.items()
            if version.template in plans
        }
    )


async def _mend(unit: Unit, key: SetKey, found: Holdings, due: Holdings) -> None:
    moved = sorted(
        report
        for report in found.stays.keys() | due.stays.keys()
        if found.stays.get(report) != due.stays.get(report)
    )
    changes = [Change(report, key, counting=report in found.stays) for report in moved]
    added = {report: due.stays[report][1] for report in moved if report in due.stays}
    if moved:
        await ledger.settle(unit, changes, added)
    else:
        await ledger.raise_revisions(unit.session, [key], unit.now)
    await totals.make_anew(unit.session, *key, REPORTS)


def _differences(found: Holdings, due: Holdings) -> Iterator[str]:
    for report in sorted(found.stays.keys() | due.stays.keys()):
        is_now, should = found.stays.get(report), due.stays.get(report)
        if is_now != should:
            yield f"report {report}: {_counts(is_now)} instead of {_counts(should)}"
    yield from _between("total", found.sums, due.sums)
    yield from _between("value", found.values, due.values)


def _counts(stay: Stay | None) -> str:
    return f"version {stay[0]} with {len(stay[1].amounts)} amounts" if stay else "nothing"


def _between(what: str, found: Mapping[Any, object], due: Mapping[Any, object]) -> Iterator[str]:
    for at in sorted(found.keys() | due.keys(), key=str):
        if found.get(at) != due.get(at):
            yield f"{what} {at}: {found.get(at)} instead of {due.get(at)}"
