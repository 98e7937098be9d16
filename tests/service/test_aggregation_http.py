"""Reading the city's figures over HTTP."""

import csv
from collections.abc import Mapping
from io import StringIO
from typing import Any

import pytest

from contracts.decisions import ReportApproved
from tests.builders import Report, content
from tests.service.city import A, B, C, City

OCTOBER = "figures/DXT/2025-10"


def dxt(ward: str, period: str = "2025-10", **values: int | None) -> ReportApproved:
    return Report(ward, "DXT", period).approved(content(values))


def one(body: Mapping[str, Any], code: str, **breakdown: str) -> dict[str, Any]:
    [found] = [f for f in body["figures"] if (f["code"], f["breakdown"]) == (code, breakdown)]
    return dict(found)


async def test_a_figure_says_what_it_is_and_who_stands_behind_it(city: City) -> None:
    await city.hears(dxt(A, dxt01=1, dxt02=1), dxt(C, dxt01=100, dxt02=50))

    body = (await city.get(OCTOBER)).json()

    assert (body["basis"], body["revision"], body["template"]["version"]) == ("reports", 1, 1)
    assert body["period"]["label"] == {"vi": "Tháng 10/2025", "en": "October 2025"}
    share = one(body, "dxt15a")
    assert (share["value"], share["numerator"], share["denominator"]) == ("50.50", 51, 101)
    assert share["unit"] == {"vi": "%", "en": "%"}
    assert share["label"]["vi"].startswith("Tỷ lệ")
    assert share["coverage"]["by_type"] == {
        "phuong": {"counted": 1, "expected": 113},
        "xa": {"counted": 1, "expected": 54},
        "dac-khu": {"counted": 0, "expected": 1},
    }
    assert one(body, "dxt01")["value"] == 101


async def test_a_figure_leads_to_its_passport(city: City) -> None:
    await city.hears(dxt(A, dxt01=1))
    body = (await city.get(OCTOBER)).json()

    passport = await city.get(one(body, "dxt01")["passport"].removeprefix("/v1/"))

    assert passport.status_code == 200
    assert passport.json()["figure"] == one(body, "dxt01")


async def test_money_and_targets_keep_their_digits(city: City) -> None:
    await city.hears(
        Report(A, "INN", "2025-Q4").approved(
            content({"inn04": "1.500", "inn05": 8, "inn06": 1, "inn07": None})
        )
    )

    body = (await city.get("figures/INN/2025-Q4")).json()

    assert one(body, "inn04")["value"] == "1.500"
    assert one(body, "inn04")["unit"] == {"vi": "triệu đồng", "en": "million đồng"}
    assert (one(body, "inn13")["value"], one(body, "inn13")["target"]) == ("12.50", 40)


async def test_categories_are_named(city: City) -> None:
    body = (await city.get("figures/PIP/2025-10")).json()

    assert one(body, "pip08", pip04="NSTP")["category"]["vi"] == "Ngân sách Thành phố"
    assert one(body, "pip08", pip04="NSTP")["passport"].endswith("?breakdown=pip04%3DNSTP")


async def test_before_anybody_reports_everything_is_null_and_everybody_expected(
    city: City,
) -> None:
    answer = await city.get(OCTOBER)

    body = answer.json()
    assert (body["revision"], answer.headers["etag"]) == (0, '"0.1.168"')
    assert {figure["value"] for figure in body["figures"]} == {None}
    assert body["coverage"]["expected"] == 168


async def test_the_entity_tag_is_the_revision(city: City) -> None:
    await city.hears(dxt(A, dxt01=1))
    first = await city.get(OCTOBER)
    again = await city.get(OCTOBER, if_none_match=first.headers["etag"])
    await city.hears(dxt(B, dxt01=1))
    changed = await city.get(OCTOBER, if_none_match=first.headers["etag"])

    assert (first.headers["etag"], again.status_code) == ('"1"', 304)
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert "Accept" in first.headers["vary"]


async def test_a_spreadsheet_program_reads_the_csv(city: City) -> None:
    await city.hears(dxt(A, dxt01=100, dxt02=50))

    answer = await city.get(OCTOBER, accept="text/csv", accept_language="en")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="DXT-2025-10-r1.csv"' in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbftemplate,")
    lines = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    [share] = [line for line in lines if line["code"] == "dxt15a"]
    assert (share["value"], share["unit"], share["counted"]) == ("50.00", "%", "1")
    assert (share["expected"], share["basis"]) == ("168", "reports")


async def test_the_csv_is_vietnamese_by_default_and_tagged_apart(city: City) -> None:
    vietnamese = await city.get(OCTOBER, accept="text/csv")
    english = await city.get(OCTOBER, accept="text/csv", accept_language="en")
    as_json = await city.get(OCTOBER, accept="text/csv;q=0.5, application/json")

    assert "Mẫu báo cáo" in vietnamese.content.decode("utf-8-sig")
    tags = {answer.headers["etag"] for answer in (vietnamese, english, as_json)}
    assert tags == {'"0.1.168-csv-vi"', '"0.1.168-csv-en"', '"0.1.168"'}
    assert as_json.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("path", "status", "slug", "code"),
    [
        ("figures/NOPE/2025-10", 404, "not-found", None),
        ("figures/DXT/2025-13", 422, "invalid", "period-unknown"),
        ("figures/DXT/２０２５-10", 422, "invalid", "period-unknown"),
        ("figures/DXT/2025-Q4", 422, "invalid", "frequency-not-reported"),
        ("figures/DXT/2025-06", 422, "invalid", "before-template"),
        ("figures/FIN/2025?basis=roll-up", 404, "basis-not-offered", None),
        ("figures/FIN/2025?basis=guess", 422, "invalid", "unknown-basis"),
        ("figures/DXT/2025-10/nope/passport", 404, "not-found", None),
        ("figures/DXT/2025-10/dxt01/passport?breakdown=x", 422, "invalid", "unknown-breakdown"),
        ("figures/DXT/2025-10/dxt01/passport?cursor=x", 422, "invalid", "bad-cursor"),
        ("figures/DXT/series?from=2025-07", 422, "invalid", "missing"),
        ("figures/DXT/series?from=2025-07&to=2026-Q1", 422, "invalid", "frequency-not-reported"),
        ("figures/IP/series?from=2025-H2&to=2026", 422, "invalid", "periods-mixed"),
        ("figures/DXT/series?from=2025-10&to=2025-09", 422, "invalid", "periods-mixed"),
        ("figures/DXT/series?from=2025-07&to=2031-07", 422, "invalid", "series-too-long"),
        ("figures/DXT/series?from=2025-07&to=2025-08&codes=x", 422, "invalid", "unknown-figure"),
        ("completeness?template=NOPE&period=2025-10", 404, "not-found", None),
        ("completeness?template=DXT&period=2025-1", 422, "invalid", "period-unknown"),
    ],
)
async def test_what_does_not_exist_is_said_to_be_so(
    city: City, path: str, status: int, slug: str, code: str | None
) -> None:
    answer = await city.get(path, accept_language="en")

    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (status, f"/problems/{slug}")
    assert [error["code"] for error in problem.get("errors", [])] == ([code] if code else [])


async def test_a_series_is_the_same_figures_over_consecutive_periods(city: City) -> None:
    await city.hears(dxt(A, "2025-11", dxt01=3), dxt(A, "2026-01", dxt01=5))

    answer = await city.get("figures/DXT/series?codes=dxt01&from=2025-11&to=2026-01")

    body = answer.json()
    assert [item["period"]["code"] for item in body["items"]] == ["2025-11", "2025-12", "2026-01"]
    assert [item["figures"][0]["value"] for item in body["items"]] == [3, None, 5]
    assert (body["next"], answer.headers["etag"]) == (None, '"1-0.1.168-1"')


async def test_a_series_without_codes_has_all_figures(city: City) -> None:
    body = (await city.get("figures/INN/series?from=2025-Q4&to=2025-Q4")).json()

    [point] = body["items"]
    assert {"inn01", "inn13"} <= {figure["code"] for figure in point["figures"]}
