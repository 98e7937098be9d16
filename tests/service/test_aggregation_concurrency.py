"""Several replicas fold into the same figures at once."""

import asyncio
from collections.abc import Sequence
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import catalogue
from contracts.decisions import Decision
from services.aggregation.app import SERVICE
from services.aggregation.contributions import repository
from services.aggregation.contributions.recompute import mended
from services.aggregation.contributions.repository import Known
from services.aggregation.figures.handlers import announce, follow_catalogue
from services.submission.catalogue import files
from tests.builders import Report, content, template
from tests.service.city import A, City, behind, value
from tests.service.conftest import Serve

KEY = ("DXT", "2025-10")


def first_and_second() -> tuple[list[Decision], list[Decision]]:
    """A report of every ward, and a correction of each."""
    reports = [Report(ward.code, "DXT", "2025-10") for ward in files.read().wards]
    first: list[Decision] = [
        report.approved(content({"dxt01": 10, "dxt02": 5})) for report in reports
    ]
    body = content({"dxt01": 20, "dxt02": None})
    return first, [report.approved(body) for report in reports]


async def test_every_report_counts_once_whoever_folds_it(city: City) -> None:
    first, second = first_and_second()
    batches = [part[at::6] for part in (first, second, first) for at in range(6)]

    await asyncio.gather(*(city.hears(*batch) for batch in batches))

    told = await city.figures()
    assert (value(told, "dxt01"), behind(told, "dxt01")) == ("3360", (168, 0, 168))
    assert (value(told, "dxt02"), behind(told, "dxt02")) == (None, (0, 168, 168))


async def test_announcing_and_recomputing_meanwhile_lose_nothing(city: City) -> None:
    first, second = first_and_second()
    transact = city.service.database.transact
    mending = partial(mended, key=KEY, check=False)

    await asyncio.gather(
        *(city.hears(*part[at::4]) for part in (first, second) for at in range(4)),
        *(transact(work) for work in (announce, mending, follow_catalogue, announce, mending)),
    )

    assert await transact(partial(mended, key=KEY, check=True)) == []
    told = await city.announced()
    assert value(told[-1], "dxt01") == "3360"
    revisions = [event.revision for event in told]
    assert revisions == sorted(set(revisions))


async def test_who_was_overtaken_decides_again_on_what_is_known_by_then(city: City) -> None:
    report = Report(A, "DXT", "2025-10")
    first, second = (report.approved(content({"dxt01": number})) for number in (10, 20))
    read, overtaken = asyncio.Event(), asyncio.Event()
    by_ids = repository.by_ids
    seen: list[int] = []

    async def slowly(session: AsyncSession, reports: Sequence[UUID]) -> dict[UUID, Known]:
        known = await by_ids(session, reports)
        seen.append(len(known))
        if not read.is_set():
            read.set()
            await overtaken.wait()
        return known

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repository, "by_ids", slowly)
        slow = asyncio.create_task(city.hears(second))
        await read.wait()
        await city.hears(first)
        overtaken.set()
        await slow

    assert seen == [0, 0, 1]
    told = await city.figures()
    assert (told.revision, value(told, "dxt01"), behind(told, "dxt01")) == (2, "20", (1, 0, 168))
    assert await city.dead_letters() == []
    assert await city.service.database.transact(partial(mended, key=KEY, check=True)) == []


async def test_a_sweep_that_was_overtaken_sweeps_again(serve: Serve) -> None:
    city = City(await serve(SERVICE))
    report = Report(A, "DXT", "2025-10")
    await city.hears(report.approved(content({"dxt01": 10})))
    later = report.approved(content({"dxt01": 20}))
    waiting = repository.waiting
    swept: list[int] = []

    async def slowly(session: AsyncSession, most: int) -> list[Known]:
        found = await waiting(session, most)
        swept.append(len(found))
        if len(swept) == 1:
            await city.hears(later)
        return found

    async with city.service.database.unit() as unit:  # as a transaction that saw no report
        await catalogue.keep_templates(unit.session, [template("DXT")])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repository, "waiting", slowly)
        await city.service.database.transact(follow_catalogue)

    assert swept == [1, 0]
    assert value(await city.figures(), "dxt01") == "20"
