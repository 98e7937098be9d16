"""Who may read what: every path, every role."""

import pytest

from tests.builders import Report, content
from tests.service.city import A, City

PATHS = (
    "figures/DXT/2025-10",
    "figures/DXT/series?from=2025-10&to=2025-11",
    "figures/DXT/2025-10/dxt01/passport",
    "completeness?template=DXT&period=2025-10",
)
DEPARTMENT = ("reviewer", "department_leader", "operator", "system")
WARD = ("ward_officer", "ward_leader")


@pytest.mark.parametrize("role", [*DEPARTMENT, *WARD])
async def test_everyone_with_a_role_reads_the_figures(city: City, role: str) -> None:
    await city.hears(Report(A, "DXT", "2025-10").approved(content({"dxt01": 1})))

    answers = [await city.get(path, A, role=role) for path in PATHS]

    assert [answer.status_code for answer in answers] == [200] * len(PATHS)


@pytest.mark.parametrize("path", PATHS)
async def test_nobody_else_does(city: City, path: str) -> None:
    stranger = await city.get(path, role="journalist")
    nameless = await city.service.client.get(f"/v1/{path}")

    assert (stranger.status_code, nameless.status_code) == (403, 401)


@pytest.mark.parametrize("path", PATHS)
async def test_figures_are_only_read(city: City, path: str) -> None:
    writer = city.service.token("operator")

    answer = await city.service.client.put(f"/v1/{path}", headers=writer, json={})

    assert answer.status_code == 405
