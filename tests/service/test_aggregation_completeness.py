"""Which wards have reported."""

from datetime import UTC, datetime
from typing import Any

from contracts.catalogue import PHUONG
from tests.builders import Report, content, ward
from tests.service.city import A, B, C, City

OCTOBER = "completeness?template=DXT&period=2025-10"


async def completeness(city: City, *wards: str, role: str = "operator") -> Any:  # noqa: ANN401 - JSON
    answer = await city.get(OCTOBER, *wards, role=role)
    assert answer.status_code == 200
    return answer.json()


async def test_every_ward_stands_in_one_answer_in_vietnamese_order(city: City) -> None:
    body = await completeness(city)

    names = [item["ward"]["name"] for item in body["items"]]
    assert len(names) == body["expected"] == 168
    assert names.index("Phường An Đông") < names.index("Phường Bến Cát")
    assert names.index("Xã Đất Đỏ") < names.index("Phường Đông Hòa")
    assert (body["states"], body["counted"], body["next"]) == ({"missing": 168}, 0, None)


async def test_it_says_how_far_each_report_has_come(city: City) -> None:
    a, b, c = (Report(ward, "DXT", "2025-10") for ward in (A, B, C))
    await city.hears(
        a.approved(content({"dxt01": 1})),
        a.passed(content({"dxt01": 2})),
        a.returned(),
        b.passed(content({"dxt01": 2})),
        c.passed(content({"dxt01": 3})),
        c.withdrawn(),
    )

    body = await completeness(city)

    states = {item["ward"]["code"]: item for item in body["items"]}
    assert (states[A]["state"], states[A]["version"], states[A]["counted_version"]) == (
        "returned",
        2,
        1,
    )
    assert (states[B]["state"], states[B]["counted_version"]) == ("in-review", None)
    assert states[C]["state"] == "withdrawn"
    assert body["states"] == {"returned": 1, "in-review": 1, "withdrawn": 1, "missing": 165}
    assert body["counted"] == 1


async def test_it_says_how_many_days_after_the_period_a_report_first_came(city: City) -> None:
    late, early = Report(A, "DXT", "2025-10"), Report(B, "DXT", "2025-10")
    # 23:30 in the city on 16 October is still the 16th there, and so is 16:30 UTC.
    late.sent(content({"dxt01": 1}), datetime(2025, 10, 16, 16, 30, tzinfo=UTC))
    early.sent(content({"dxt01": 1}), datetime(2025, 10, 12, 17, 30, tzinfo=UTC))
    await city.hears(late.passed(), early.passed())

    days = {
        item["ward"]["code"]: item["days_after_period"]
        for item in (await completeness(city))["items"]
    }

    assert (days[A], days[B], days[C]) == (2, -1, None)


async def test_a_ward_that_reported_without_owing_it_is_shown_and_not_counted_in(
    city: City,
) -> None:
    closed = ward(B, "Bến Cát", PHUONG, version=2, valid_to="2025-09-30")
    await city.hears(closed, Report(B, "DXT", "2025-10").approved(content({"dxt01": 1})))

    body = await completeness(city)

    [item] = [item for item in body["items"] if item["ward"]["code"] == B]
    assert (item["expected"], item["state"]) == (False, "approved")
    assert (body["expected"], body["states"]) == (167, {"missing": 167})


async def test_the_people_of_a_ward_see_theirs_and_the_state_of_the_city(city: City) -> None:
    await city.hears(Report(B, "DXT", "2025-10").approved(content({"dxt01": 1})))

    body = await completeness(city, A, role="ward_officer")

    assert [item["ward"]["code"] for item in body["items"]] == [A]
    assert body["states"] == {"approved": 1, "missing": 167}


async def test_it_is_not_read_again_when_nothing_changed(city: City) -> None:
    first = await city.get(OCTOBER)
    again = await city.get(OCTOBER, if_none_match=first.headers["etag"])
    await city.hears(Report(B, "DXT", "2025-10").passed(content({"dxt01": 1})))
    changed = await city.get(OCTOBER, if_none_match=first.headers["etag"])

    assert (again.status_code, changed.status_code) == (304, 200)
