"""Several replicas fold into the same figures at once."""

import asyncio
from functools import partial

from contracts.decisions import Decision
from services.aggregation.contributions.recompute import mended
from services.aggregation.figures.handlers import announce, follow_catalogue
from services.submission.catalogue import files
from tests.builders import Report, content
from tests.service.city import City, behind, value

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
