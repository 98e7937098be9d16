"""Any order, repetition and batching of decisions gives the figures of the facts."""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.decisions import Decision
from contracts.figures import CityFiguresChanged
from services.aggregation.contributions.recompute import mended
from services.aggregation.figures.domain import percent
from tests.builders import Report, content
from tests.service.city import A, B, C, City, behind, figure, value

PERIODS = (f"{year}-{month:02}" for year in range(2026, 2099) for month in range(1, 13))
"""Each example has one of its own."""

Row = dict[str, Any]
Life = list[tuple[str, list[Row] | None]]

money = st.integers(0, 10**10).map(lambda exact: f"{exact // 1000}.{exact % 1000:03}")
row = st.fixed_dictionaries(
    {
        "pip01": st.sampled_from(["DA1", "DA2", "DA3"]),
        "pip04": st.sampled_from(["NSTP", "NSX"]),
        "pip06": money,
        "pip07": money,
        "pip08": st.none() | money,
    }
)
rows = st.none() | st.lists(row, max_size=4, unique_by=lambda row: (row["pip01"], row["pip04"]))
lives = st.lists(
    st.tuples(st.sampled_from(["approve", "correct", "return", "revoke"]), rows), max_size=5
)


def live(report: Report, life: Life) -> Iterator[Decision]:
    """The decisions of one report's life; a step that cannot be is left out."""
    for step, listed in life:
        body = content(lists={"projects": listed})
        if step == "approve":
            yield report.approved(body)
        elif step == "correct":
            yield report.passed(body)
        elif step == "return" and report.version:
            yield report.returned()
        elif step == "revoke" and report.counted:
            yield report.revoked()


def reshuffled(decisions: list[Decision], random: Random) -> Iterator[list[Decision]]:
    """In any order, some twice, in batches of any size."""
    mixed = decisions + [decision for decision in decisions if random.random() < 0.3]
    random.shuffle(mixed)
    while mixed:
        size = random.randint(1, 4)
        yield mixed[:size]
        mixed = mixed[size:]


def counted_rows(reports: list[Report]) -> list[list[Row] | None]:
    """The lists that count in the end."""
    bodies = [report.versions[report.counted]["content"] for report in reports if report.counted]
    return [body.lists["projects"] for body in bodies]


def check(told: CityFiguresChanged, lists: list[list[Row] | None], source: str | None) -> None:
    """Compare with sums made here, the plain way; ``source`` is a category or the whole."""
    by = {"pip04": source} if source else {}
    said = [[r for r in rows if source in {None, r["pip04"]}] for rows in lists if rows is not None]
    paid = [[r for r in rows if r["pip08"] is not None] for rows in said]
    silent = len(lists) - sum(
        bool(some) or not every for some, every in zip(paid, said, strict=True)
    )
    spent = sum((Decimal(r["pip08"]) for rows in paid for r in rows), Decimal())
    plan = sum(
        (Decimal(r["pip06"]) + Decimal(r["pip07"]) for rows in paid for r in rows), Decimal()
    )
    speaking = len(lists) > silent
    assert behind(told, "pip08", **by) == (len(lists) - silent, silent, 168)
    assert value(told, "pip08", **by) == (f"{spent:.3f}" if speaking else None)
    assert figure(told, "pip10", **by).value == (percent(spent, plan) if speaking else None)
    projects = {r["pip01"] for rows in said for r in rows}
    assert value(told, "pip00", **by) == (str(len(projects)) if said else None)


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.tuples(lives, lives, lives), st.randoms(use_true_random=False))
async def test_figures_are_those_of_what_counts_in_the_end(
    city: City, drawn: tuple[Life, Life, Life], random: Random
) -> None:
    period = next(PERIODS)
    reports = [Report(ward, "PIP", period) for ward in (A, B, C)]
    decisions = [
        each for report, life in zip(reports, drawn, strict=True) for each in live(report, life)
    ]

    for batch in reshuffled(decisions, random):
        await city.hears(*batch)

    differences = await city.service.database.transact(
        partial(mended, key=("PIP", period), check=True)
    )
    assert differences == []
    told = [event for event in await city.announced() if event.period.code == period]
    for source in (None, "NSTP", "NSX") if told else ():
        check(told[-1], counted_rows(reports), source)
    assert bool(told) >= bool(counted_rows(reports))
