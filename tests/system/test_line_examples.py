"""The worked examples whose point is the chain: their exact numbers, read over HTTP."""

from random import Random
from typing import Any

from contracts.reports import report_id
from tests.system.broker import Marks
from tests.system.line import REASON, Line
from tests.unit import sound_bodies
from tests.unit.sound_bodies import firm, project

A, B, C = "26536", "26542", "26545"


def dossiers(received: int, online: int) -> dict[str, Any]:
    """A sound DXT report with so few dossiers."""
    nothing = dict.fromkeys(("dxt03", "dxt04", "dxt05", "dxt06", "dxt07", "dxt08"), 0)
    return sound_bodies.body("DXT", nothing | {"dxt01": received, "dxt02": online})


def initiatives(submitted: int) -> dict[str, Any]:
    return sound_bodies.body("INN", {"inn01": submitted, "inn15": 0})


async def test_1_a_ratio_is_the_sum_over_the_sum_and_not_the_mean(line: Line) -> None:
    await line.approved(f"{A}/DXT/2025-12", dossiers(1, 1))
    await line.approved(f"{B}/DXT/2025-12", dossiers(100, 50))
    await line.approved(f"{C}/DXT/2026-01", dossiers(800, 1))
    explained = {"explanations": {"DXT-W4": "Trong tháng đơn vị chưa tiếp nhận hồ sơ."}}
    await line.approved(f"{A}/DXT/2026-02", dossiers(0, 0) | explained)
    await line.settled()

    share = (await line.figures("DXT", "2025-12")).figure("dxt15a")
    assert (share["value"], share["numerator"], share["denominator"]) == ("50.50", 51, 101)
    assert (await line.figures("DXT", "2026-01")).value("dxt15a") == "0.13"
    nothing = await line.figures("DXT", "2026-02")
    assert (nothing.value("dxt01"), nothing.value("dxt15a")) == (0, None)


async def inn01(line: Line) -> tuple[int | str | None, int]:
    """The figure, and how many wards stand behind it, once the line is at rest."""
    await line.settled()
    sheet = await line.figures("INN", "2025-Q4")
    return sheet.value("inn01"), sheet.behind("inn01")[0]


async def thrice_in_any_order(line: Line, marks: Marks, *reports: str) -> int:
    """Send every decision on these reports three times more, shuffled; how many there were."""
    keys = {str(report_id(*report.split("/"))).encode() for report in reports}
    told = [record for record in await line.broker.since(marks) if record.key in keys]
    again = told * 3
    Random(4).shuffle(again)
    await line.broker.send(again)
    return len(told)


async def test_4_a_correction_counts_when_approved_and_a_revoke_leaves_nothing(line: Line) -> None:
    a, b = f"{A}/INN/2025-Q4", f"{B}/INN/2025-Q4"
    marks = await line.broker.ends("validation.reports")
    await line.approved(a, initiatives(10))
    assert await inn01(line) == (10, 1)
    await line.approved(b, initiatives(5))
    assert await inn01(line) == (15, 2)
    assert await line.sent(a, initiatives(12)) == 2
    await line.reaches(a, "in-review", 2)
    assert await inn01(line) == (15, 2)

    refused = await line.decide("approve", a, 1)
    assert (refused.status_code, refused.json()["current_version"]) == (409, 2)
    await line.decided("approve", a, 2)
    assert await inn01(line) == (17, 2)
    await line.decided("revoke", a, 2, **REASON)
    assert await inn01(line) == (5, 1)
    assert await line.approved(a, initiatives(12)) == 3
    assert await inn01(line) == (17, 2)

    # four versions passed and were approved, one was revoked
    assert await thrice_in_any_order(line, marks, a, b) == 4 * 2 + 1
    assert await inn01(line) == (17, 2)
    assert (await line.status(a))["counted_version"] == 3
    assert (await line.told(a)).count("approved") == 3

    await line.decided("revoke", a, 3, **REASON)
    await line.decided("revoke", b, 1, **REASON)
    assert await inn01(line) == (None, 0)
    assert (await line.figures("INN", "2025-Q4")).behind("inn01") == (0, 0, 168)


async def test_5_lists_add_up_by_category_and_shared_amounts_once(line: Line) -> None:
    listed = {
        A: [
            project("DA1", "NSTP", "5000", "1000", "200", "300", "450"),
            project("DA1", "NSX", "5000", "100", "0", "50.5", "60"),
        ],
        B: [project("DA2", "NSTP", "800", "500", "0", "125.125", "200", field="KHCN")],
        C: [],
    }
    for ward, rows in listed.items():
        await line.approved(f"{ward}/PIP/2025-10", {"lists": {"projects": rows}})
    await line.settled()

    sheet = await line.figures("PIP", "2025-10")
    by_source = {
        source: (sheet.value("pip08", pip04=source), sheet.value("pip10", pip04=source))
        for source in ("NSTP", "NSX")
    }
    assert by_source == {"NSTP": ("425.125", "25.01"), "NSX": ("50.500", "50.50")}
    assert (sheet.value("pip08"), sheet.value("pip10")) == ("475.625", "26.42")
    assert (sheet.value("pip00"), sheet.value("pip14")) == (2, 3)
    assert sheet.value("pip05") == "5800.000"
    assert sheet.behind("pip08") == (3, 0, 168)


async def test_10_a_firm_counts_once_in_the_city_whatever_branches_it_has(line: Line) -> None:
    listed = {
        A: [firm("0300000001", "hi_tech", "digital"), firm("0300000002", "digital")],
        B: [firm("0300000001-001", "hi_tech")],
    }
    for ward, rows in listed.items():
        marked = {
            f"hit0{number}": sum(row[kind] for row in rows)
            for number, kind in enumerate(("hi_tech", "st", "digital"), 1)
        }
        body = sound_bodies.body("HIT", marked) | {"lists": {"firms": rows}}
        await line.approved(f"{ward}/HIT/2025-H2", body)

    async def firms() -> tuple[int | str | None, ...]:
        await line.settled()
        sheet = await line.figures("HIT", "2025-H2")
        return sheet.value("hit01"), sheet.value("hit17"), sheet.value("hit16")

    assert await firms() == (2, 1, 2)
    await line.decided("revoke", f"{A}/HIT/2025-H2", 1, **REASON)
    assert await firms() == (1, 1, 1)
