"""Where a figure comes from."""

from typing import Any

from tests.builders import Report, content
from tests.service.city import A, B, C, City
from tests.service.whole_line import rows

DXT01 = "figures/DXT/2025-10/dxt01/passport"
SHARE = "figures/DXT/2025-10/dxt15a/passport"


async def passport(city: City, path: str = DXT01, *wards: str, role: str = "reviewer") -> Any:  # noqa: ANN401 - JSON
    answer = await city.get(path, *wards, role=role)
    assert answer.status_code == 200
    return answer.json()


async def test_it_names_the_reports_and_versions_behind_a_figure(city: City) -> None:
    a = Report(A, "DXT", "2025-10")
    await city.hears(a.approved(content({"dxt01": 10, "dxt02": 4})))
    await city.hears(a.approved(content({"dxt01": 12, "dxt02": 3})))

    body = await passport(city, SHARE)

    [share] = body["reports"]
    assert (share["ward"]["code"], share["ward"]["kind"]) == (A, "phuong")
    assert (share["version"], share["template_version"], share["decision_no"]) == (2, 1, 2)
    assert (share["value"], share["numerator"], share["denominator"]) == ("25.00", 3, 12)
    assert share["entered_revision"] == body["revision"] == 2


async def test_it_says_how_the_figure_is_made(city: City) -> None:
    made_of = (await passport(city, "figures/PIP/2025-10/pip10/passport"))["made_of"]

    assert [operand["code"] for operand in made_of["numerators"]] == ["pip08"]
    assert [operand["code"] for operand in made_of["denominators"]] == ["pip06", "pip07"]
    assert made_of["denominators"][0]["label"]["vi"] == "Kế hoạch vốn năm nay được giao"
    assert made_of["rows"] == "projects"


async def test_a_ward_that_says_nothing_stands_there_with_its_reason(city: City) -> None:
    report = Report(A, "DXT", "2025-10")
    await city.hears(report.approved(content({"dxt01": 300, "dxt02": None})))

    [share] = (await passport(city, SHARE))["reports"]

    assert (share["value"], share["numerator"]) == (None, None)
    assert share["gaps"] == {"/values/dxt02": {"reason": "no-data", "note": None}}


async def test_it_names_who_is_missing_and_how_far_they_are(city: City) -> None:
    b = Report(B, "DXT", "2025-10")
    await city.hears(
        Report(A, "DXT", "2025-10").approved(content({"dxt01": 1})),
        b.passed(content({"dxt01": 2})),
    )

    missing = (await passport(city))["missing"]

    assert len(missing) == 167
    by_ward = {ward["ward"]["code"]: ward for ward in missing}
    assert (by_ward[B]["state"], by_ward[B]["version"]) == ("in-review", 1)
    assert (by_ward[C]["state"], by_ward[C]["version"]) == ("missing", None)


async def test_it_tells_every_change_newest_first_and_in_pages(city: City) -> None:
    a, b = Report(A, "DXT", "2025-10"), Report(B, "DXT", "2025-10")
    await city.hears(a.approved(content({"dxt01": 10})))
    await city.hears(b.approved(content({"dxt01": 5})))
    await city.hears(a.approved(content({"dxt01": 12})))
    await city.hears(a.revoked())

    first = (await passport(city, f"{DXT01}?limit=2"))["history"]
    rest = (await passport(city, f"{DXT01}?cursor={first['next']}"))["history"]

    told = [
        (change["revision"], change["change"], change["version"], change["value"])
        for change in (*first["items"], *rest["items"])
    ]
    assert told == [
        (4, "left", 2, 12),
        (3, "entered", 2, 12),
        (3, "left", 1, 10),
        (2, "entered", 1, 5),
        (1, "entered", 1, 10),
    ]
    assert (len(first["items"]), rest["next"]) == (2, None)
    assert first["items"][0]["decision_no"] == 3


async def test_what_ended_before_contents_were_kept_is_told_by_its_sums(city: City) -> None:
    report = Report(A, "DXT", "2025-10")
    await city.hears(report.approved(content({"dxt01": 10, "dxt02": 4})), report.revoked())
    await rows(
        city.service,
        f"""
        INSERT INTO contribution
            (report_id, basis, entered_revision, template_code, period_code, ward_code, version,
             template_version, decision_no, entered_at, left_revision, left_decision_no, left_at,
             sums)
        VALUES (gen_random_uuid(), 'reports', 1, 'DXT', '2025-10', '{A}', 1, 1, 1, now(), 2, 2,
                now(), '[[["dxt15a", "", "3", "12"]], [["dxt03", ""]], []]')
        """,
    )

    for code, told in (("dxt15a", ("25.00", 3, 12)), ("dxt03", (None, None, None))):
        history = (await passport(city, f"figures/DXT/2025-10/{code}/passport"))["history"]
        left, entered = history["items"]
        assert (left["change"], entered["change"]) == ("left", "entered")
        for each in (left, entered):
            assert (each["value"], each["numerator"], each["denominator"]) == told


async def test_a_category_has_a_passport_of_its_own(city: City) -> None:
    rows = [{"pip01": "DA1", "pip04": "NSTP", "pip08": "1.500"}]
    await city.hears(
        Report(A, "PIP", "2025-10").approved(content(lists={"projects": rows})),
        Report(B, "PIP", "2025-10").approved(content(lists={"projects": []})),
    )
    path = "figures/PIP/2025-10/pip08/passport?breakdown=pip04%3DNSTP"

    body = await passport(city, path)

    assert body["figure"]["breakdown"] == {"pip04": "NSTP"}
    values = {share["ward"]["code"]: share["value"] for share in body["reports"]}
    assert values == {A: "1.500", B: "0.000"}


async def test_the_part_of_a_ward_in_a_distinct_count_is_its_own_count(city: City) -> None:
    rows = [{"pip01": code, "pip04": "NSTP"} for code in ("DA1", "DA2")]
    await city.hears(Report(A, "PIP", "2025-10").approved(content(lists={"projects": rows})))

    [share] = (await passport(city, "figures/PIP/2025-10/pip00/passport"))["reports"]

    assert share["value"] == 2


async def test_the_people_of_a_ward_see_their_own_part_of_it(city: City) -> None:
    a, b = Report(A, "DXT", "2025-10"), Report(B, "DXT", "2025-10")
    await city.hears(a.approved(content({"dxt01": 10})), b.approved(content({"dxt01": 5})))
    await city.hears(b.revoked())

    own = await passport(city, DXT01, A, role="ward_officer")
    others = await passport(city, DXT01, C, role="ward_leader")

    assert own["figure"]["value"] == 10
    assert [share["ward"]["code"] for share in own["reports"]] == [A]
    assert [change["ward"]["code"] for change in own["history"]["items"]] == [A]
    assert own["missing"] == []
    assert (others["reports"], others["history"]["items"]) == ([], [])
    assert [ward["ward"]["code"] for ward in others["missing"]] == [C]
