"""Events that arrive late, again or before what they rest on: the end is the same."""

from collections.abc import Iterable
from itertools import permutations
from random import Random

from chassis import clock
from contracts.catalogue import TemplatePublished
from contracts.content import Content
from contracts.decisions import Decision
from services.submission.catalogue import files
from tests.builders import Report, template
from tests.service.harness import record
from tests.system.line import Line
from tests.unit import sound_bodies

WARDS = [known.code for known in files.read().wards]
CONTENT = sound_bodies.content("DXT", sound_bodies.body("DXT"))


def decisions(ward: str, period: str) -> list[Decision]:
    """One version is approved, revoked and approved again, all of it just now."""
    now = clock.now()
    report = Report(ward, "DXT", period)
    report.passed(CONTENT)  # as validation itself has told already
    return [
        report.approved(decided_at=now),
        report.revoked(decided_at=now),
        report.approved(decided_at=now),
    ]


async def test_approve_revoke_approve_of_one_version_in_any_order(line: Line) -> None:
    orders = dict(zip(WARDS, permutations(range(3)), strict=False))
    reports = {ward: f"{ward}/DXT/2026-05" for ward in orders}
    for report in reports.values():
        await line.sent(report)
    await line.settled()

    for ward, order in orders.items():
        told = [record(decision) for decision in decisions(ward, "2026-05")]
        await line.broker.send([told[at] for at in order for _ in range(2)])
        await line.broker.send([told[at] for at in reversed(order)])
    await line.settled()

    sheet = await line.figures("DXT", "2026-05")
    assert (sheet.value("dxt01"), sheet.behind("dxt01")) == (6 * 1800, (6, 0, 168))
    for report in reports.values():
        status = await line.status(report)
        assert (status["latest"]["state"], status["counted_version"]) == ("approved", 1)
        assert status["decision"]["decision_no"] == 4
        assert sorted(await line.told(report)) == ["approved", "approved", "received", "revoked"]


async def test_4_decisions_heard_in_any_order_each_three_times_make_17(line: Line) -> None:
    def inn(submitted: int) -> Content:
        return sound_bodies.content("INN", sound_bodies.body("INN", {"inn01": submitted}))

    a, b = (Report(ward, "INN", "2026-Q1") for ward in WARDS[:2])
    told = [
        a.approved(inn(10)),
        a.passed(inn(12)),
        a.approved(),
        a.revoked(),
        a.passed(inn(12)),
        a.approved(),
        b.approved(inn(5)),
    ]
    records = [record(decision) for decision in told] * 3
    Random(17).shuffle(records)
    await line.broker.send(records)
    await line.settled()

    sheet = await line.figures("INN", "2026-Q1")
    assert (sheet.value("inn01"), sheet.behind("inn01")) == (17, (2, 0, 168))


async def test_an_old_version_after_a_new_one_changes_nothing(line: Line) -> None:
    ward, now = WARDS[0], clock.now()
    report = Report(ward, "DXT", "2026-12")
    newer = sound_bodies.content("DXT", sound_bodies.body("DXT", {"dxt01": 1900}))
    first, second = report.sent(CONTENT, now), report.sent(newer, now)
    await line.broker.send([record(second)])
    await line.settled()
    await line.broker.send([record(first)])
    await line.settled()

    review = await line.review(f"{ward}/DXT/2026-12")
    assert (review["version"], review["state"], review["decision_no"]) == (2, "in-review", 1)
    assert review["content"]["values"]["dxt01"] == 1900
    refused = await line.decide("approve", f"{ward}/DXT/2026-12", 1)
    assert refused.status_code == 409


async def test_a_report_waits_for_its_template_and_goes_on_when_it_is_there(line: Line) -> None:
    form = template("DXT").model_copy(update={"code": "MOI"})
    early, late = (Report(ward, form, "2026-05") for ward in WARDS[:2])
    await line.broker.send([record(early.sent(CONTENT, clock.now()))])
    await line.settled()
    assert (await line.review(f"{WARDS[0]}/MOI/2026-05"))["state"] == "waiting"

    await line.broker.send(map(record, [TemplatePublished(template=form)]))
    await line.broker.send([record(late.sent(CONTENT, clock.now()))])
    reports = [f"{ward}/MOI/2026-05" for ward in WARDS[:2]]
    await line.settled()
    await line.until(lambda: are_in_review(line, reports))  # at the latest after a sweep

    for report in reports:
        await line.decided("approve", report, 1)
    await line.settled()
    sheet = await line.figures("MOI", "2026-05")
    assert (sheet.value("dxt01"), sheet.behind("dxt01")) == (2 * 1800, (2, 0, 168))
    assert [await line.told(report) for report in reports] == [["received", "approved"]] * 2


async def are_in_review(line: Line, reports: Iterable[str]) -> bool:
    states = {(await line.review(report))["state"] for report in reports}
    return states == {"in-review"}
