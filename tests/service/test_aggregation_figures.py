"""The city's figures, from what validation decided to what aggregation announces."""

from decimal import Decimal

import pytest

from contracts.catalogue import XA, TemplatePublished
from contracts.event import Event
from contracts.figures import CityFiguresChanged, Figure
from services.aggregation.app import SERVICE
from services.aggregation.figures.handlers import announce
from tests.builders import Report, content, template, ward
from tests.service.conftest import Serve
from tests.service.harness import ServiceUnderTest

A, B, C = "26734", "26737", "26740"
WARDS = [ward(A, "An Đông"), ward(B, "Bến Cát"), ward(C, "Củ Chi", XA)]


@pytest.fixture
async def aggregation(serve: Serve) -> ServiceUnderTest:
    service = await serve(SERVICE)
    await service.receives(*WARDS, *(TemplatePublished(template=template(c)) for c in FORMS))
    return service


FORMS = ("FIN", "IP", "HIT", "PIP", "EST", "INN", "DXT")


async def figures_after(service: ServiceUnderTest, *events: Event) -> CityFiguresChanged:
    """What is announced last, once these events were heard."""
    await service.receives(*events)
    await service.database.transact(announce)
    return (await service.emitted(CityFiguresChanged))[-1]


def figure(announced: CityFiguresChanged, code: str, **breakdown: str) -> Figure:
    [one] = [f for f in announced.figures if (f.code, f.breakdown) == (code, breakdown)]
    return one


def dxt(ward_code: str, **values: object) -> Event:
    return Report(ward_code, "DXT", "2025-10").approved(content(values))


async def test_a_ratio_is_the_sum_over_the_sum_and_not_the_mean_of_shares(
    aggregation: ServiceUnderTest,
) -> None:
    told = await figures_after(aggregation, dxt(A, dxt01=1, dxt02=1), dxt(B, dxt01=100, dxt02=50))

    share = figure(told, "dxt15a")
    assert (share.value, share.numerator, share.denominator) == (Decimal("50.50"), 51, 101)
    assert (share.coverage.counted, share.coverage.expected) == (2, 3)
