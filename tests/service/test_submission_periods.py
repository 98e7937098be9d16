"""Which periods are taken: the worked examples of schemes, and everything that is refused."""

from datetime import UTC, date, datetime
from urllib.parse import quote

from sqlalchemy import text

from chassis.clock import set_to
from services.submission.catalogue import files
from tests.service.desk import WARD, Desk

LATER = datetime(2026, 11, 1, tzinfo=UTC)


async def _nothing_is_kept(desk: Desk) -> bool:
    async with desk.service.database.unit() as unit:
        found = await unit.session.execute(text("SELECT count(*) FROM report"))
        return found.scalar_one() == 0 and not await desk.submitted()


TAKEN = {
    "DXT/2025-10": (date(2025, 9, 15), date(2025, 10, 14)),
    "DXT/2026-01": (date(2025, 12, 15), date(2026, 1, 14)),
    "IP/2025-H2": (date(2025, 6, 15), date(2025, 12, 14)),
    "PIP/2026-01": (date(2026, 1, 1), date(2026, 1, 31)),
    "DXT/2025-07": (date(2025, 6, 15), date(2025, 7, 14)),
    "FIN/2025-Q3": (date(2025, 7, 1), date(2025, 9, 30)),
    "FIN/2025": (date(2025, 1, 1), date(2025, 12, 31)),
    "HIT/2025-H2": (date(2025, 6, 15), date(2025, 12, 14)),
    "INN/2025-Q4": (date(2025, 9, 15), date(2025, 12, 14)),
}


async def test_a_period_is_that_of_its_scheme(desk: Desk) -> None:
    with set_to(LATER):
        for report in TAKEN:
            assert (await desk.put(report)).status_code == 202, report

    days = {
        f"{event.template_code}/{event.period.code}": (event.period.starts_on, event.period.ends_on)
        for event in await desk.submitted()
    }
    assert days == TAKEN


async def test_the_estimates_of_a_year_are_taken_from_june_of_the_year_before(desk: Desk) -> None:
    with set_to(datetime(2025, 6, 30, 17, tzinfo=UTC)):  # midnight of 1 July in the city
        assert (await desk.put("EST/2026")).status_code == 202
    with set_to(datetime(2025, 5, 31, 16, 59, tzinfo=UTC)):
        early = await desk.put("EST/2027")

    assert (early.status_code, early.json()["type"]) == (422, "/problems/period-not-open")


REFUSED = {
    "DXT/2025-06": "template-not-valid",
    "DXT/2025-13": "unknown-period",
    "DXT/2025-Q4": "period-not-offered",
    "FIN/2025-q3": "unknown-period",
    "DXT/２０２５-10": "unknown-period",
    "DXT/2025-10\n": "unknown-period",
    "DXT/2025-10 ": "unknown-period",
    "DXT/2025-D01": "unknown-period",
    "DXT/2025-10-01": "unknown-period",
    "DXT/1999-10": "unknown-period",
    "FIN/2025-10": "period-not-offered",
    "FIN/2025-H2": "period-not-offered",
    "IP/2025-H1": "template-not-valid",
    "IP/2025-Q4": "period-not-offered",
    "HIT/2025-9M": "period-not-offered",
    "PIP/2025-Q4": "period-not-offered",
    "EST/2026-Q1": "unknown-period",
    "INN/2025": "period-not-offered",
}


async def test_other_periods_are_refused_and_nothing_is_kept(desk: Desk) -> None:
    slugs = {}
    with set_to(LATER):
        for report in REFUSED:
            template, _, period = report.partition("/")
            path = f"/v1/reports/{WARD}/{template}/{quote(period)}"
            answer = await desk.service.client.put(path, json={}, headers=desk.officer)
            assert answer.status_code == 422, report
            slugs[report] = answer.json()["type"].removeprefix("/problems/")

    assert slugs == REFUSED
    assert await _nothing_is_kept(desk)


async def test_a_period_opens_on_its_first_day_in_the_city(desk: Desk) -> None:
    with set_to(datetime(2025, 9, 14, 16, 59, tzinfo=UTC)):  # 23:59 of the 14th
        early = await desk.put("DXT/2025-10")
    assert (early.status_code, early.json()["type"]) == (422, "/problems/period-not-open")
    assert "15/09/2025" in early.json()["detail"]

    with set_to(datetime(2025, 9, 14, 17, tzinfo=UTC)):
        assert (await desk.put("DXT/2025-10")).status_code == 202


async def test_an_unknown_ward_is_not_found_by_whoever_may_act_for_it(desk: Desk) -> None:
    codes = ("4", "00004", "99999", "2681２")
    headers = desk.as_("ward_officer", *codes)

    for code in codes:
        path = f"/v1/reports/{code}/DXT/2025-10"
        answer = await desk.service.client.put(path, json={}, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-ward")
    assert await _nothing_is_kept(desk)


async def test_an_unknown_template_is_not_found(desk: Desk) -> None:
    for template in ("XXX", "dxt", "DXT'--"):
        path = f"/v1/reports/{WARD}/{template}/2025-10"
        answer = await desk.service.client.put(path, json={}, headers=desk.officer)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-template")
    nul = await desk.service.client.put(f"/v1/reports/{WARD}/%00/2025-10", headers=desk.officer)
    assert nul.status_code == 400
    assert await _nothing_is_kept(desk)


async def test_a_ward_reports_for_the_periods_at_whose_end_it_exists(desk: Desk) -> None:
    [ward] = [ward for ward in files.read().wards if ward.code == WARD]
    ended = ward.model_copy(update={"version": 2, "valid_to": date(2025, 12, 31)})
    async with desk.service.database.unit() as unit:
        await unit.session.execute(
            text("UPDATE ward SET entry = CAST(:entry AS jsonb) WHERE code = :code"),
            {"entry": ended.model_dump_json(), "code": WARD},
        )

    with set_to(LATER):
        last = await desk.put("DXT/2025-12")
        gone = await desk.put("DXT/2026-01")

    assert last.status_code == 202
    assert (gone.status_code, gone.json()["type"]) == (422, "/problems/ward-not-valid")
