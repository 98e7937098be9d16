"""A wrong figure is found by itself, told by a metric, and mended by the command."""

import pytest
from prometheus_client import REGISTRY

from services.aggregation.contributions import reconcile
from services.aggregation.contributions.recompute import recompute
from tests.builders import Report, content
from tests.service.city import A, City, value
from tests.service.whole_line import rows

PERIODS = ("2025-10", "2025-11", "2025-12")


async def run(city: City, statement: str) -> list[tuple[object, ...]]:
    return await rows(city.service, statement)


async def checked(city: City) -> float | None:
    await city.service.does("reconcile-figures")
    return REGISTRY.get_sample_value("figures_mismatched")


@pytest.fixture
async def reported(city: City) -> City:
    for period in PERIODS:
        await city.hears(Report(A, "DXT", period).approved(content({"dxt01": 4})))
    return city


async def test_a_planted_wrong_figure_is_told_and_mended(reported: City) -> None:
    assert await checked(reported) == 0
    await run(reported, "UPDATE accumulator SET numerator = 5 WHERE period_code = '2025-11'")

    assert await checked(reported) == 1
    told = "SELECT period_code, differences FROM reconciliation WHERE differences > 0"
    assert await run(reported, told) == [("2025-11", 1)]

    await recompute(reported.service.runtime, [])
    assert await checked(reported) == 0
    [mended] = [told for told in await reported.announced() if told.revision == 2]
    assert (mended.period.code, value(mended, "dxt01")) == ("2025-11", "4")


async def test_slices_come_to_every_set_in_turn(
    reported: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "SLICE_SECONDS", 0)
    seen = []
    for _ in (*PERIODS, *PERIODS):
        await reported.service.does("reconcile-figures")
        [(period,)] = await run(
            reported, "SELECT period_code FROM reconciliation ORDER BY checked_at DESC LIMIT 1"
        )
        seen.append(period)

    assert seen == [*PERIODS, *PERIODS]
    assert (REGISTRY.get_sample_value("figures_unchecked_age_seconds") or 0) > 0


async def test_a_report_that_counts_but_is_missing_in_the_figures_is_found(city: City) -> None:
    await city.hears(Report(A, "DXT", "2025-10").approved(content({"dxt01": 4})))
    await run(
        city,
        """UPDATE fact SET entered_revision = NULL, entered_decision_no = NULL,
                           entered_at = NULL, nulls = NULL""",
    )

    assert await checked(city) == 1
    assert await run(city, "SELECT revision FROM figure_set") == [(1,)]
