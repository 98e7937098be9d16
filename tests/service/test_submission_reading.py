"""Looking at reports: both tracks, the newest decision, versions, lists and pre-filling."""

from datetime import UTC, datetime
from typing import Any

from chassis.clock import set_to
from contracts.decisions import Comment, Finding
from contracts.template import Text
from tests import builders
from tests.service import desk as desks
from tests.service.desk import DXT, OTHER, WARD, Desk, changed

FINDING = Finding(
    rule="DXT-E1",
    severity="E",
    pointers=("/values/dxt02",),
    message=Text(vi="Trực tuyến nhiều hơn tổng số.", en="Online exceeds the total."),
)


async def sent(desk: Desk) -> builders.Report:
    await desk.put()
    report = desks.report()
    report.sent(desks.content())
    return report


async def test_a_report_shows_its_content_and_that_nobody_judged_it_yet(desk: Desk) -> None:
    await sent(desk)

    shown = (await desk.get()).json()

    assert shown["latest"]["state"] == "received"
    assert (shown["latest"]["version"], shown["counted_version"], shown["decision"]) == (
        1,
        None,
        None,
    )
    assert shown["content"] == desks.content().model_dump(mode="json")
    assert shown["period"]["label"] == {"vi": "Tháng 10/2025", "en": "October 2025"}
    assert shown["latest"]["submitted_by"] == "officer-1"
    assert [action["action"] for action in shown["allowed_actions"]] == ["send", "withdraw"]
    assert all(action["allowed"] for action in shown["allowed_actions"])


async def test_a_returned_correction_shows_beside_what_counts(desk: Desk) -> None:
    report = await sent(desk)
    await desk.decided(report.approved())
    await desk.put(body=changed(dxt01=1801))
    report.sent(desks.content(changed(dxt01=1801)))
    comment = Comment(pointer="/values/dxt01", text="Xem lại.")

    await desk.decided(
        report.returned("other", note="Số liệu?", comments=(comment,), findings=(FINDING,))
    )

    shown = (await desk.get()).json()
    assert (shown["latest"]["version"], shown["latest"]["state"]) == (2, "returned")
    assert shown["counted_version"] == 1
    decision = shown["decision"]
    assert (decision["kind"], decision["code"], decision["note"]) == (
        "returned",
        "other",
        "Số liệu?",
    )
    assert decision["comments"] == [{"pointer": "/values/dxt01", "text": "Xem lại."}]
    assert decision["findings"][0]["message"]["vi"] == FINDING.message.vi
    assert decision["version"] == 2


async def test_a_new_version_is_received_whatever_was_decided_before(desk: Desk) -> None:
    report = await sent(desk)
    await desk.decided(report.approved())
    await desk.put(body=changed(dxt01=1801))

    shown = (await desk.get()).json()

    assert (shown["latest"]["version"], shown["latest"]["state"]) == (2, "received")
    assert (shown["decision"]["version"], shown["decision"]["kind"]) == (1, "approved")


async def test_a_tag_spares_an_unchanged_answer_and_changes_with_a_decision(desk: Desk) -> None:
    report = await sent(desk)
    tag = (await desk.get()).headers["etag"]

    unchanged = await desk.get(if_none_match=tag)
    await desk.decided(report.approved())
    changed_ = await desk.get(if_none_match=tag)

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert (changed_.status_code, changed_.headers["etag"]) == (200, '"1-1-1"')


async def test_the_form_starts_from_what_counts_for_the_period_before(desk: Desk) -> None:
    await desk.put("DXT/2025-09")
    before = desks.report("2025-09")
    before.sent(desks.content())
    await desk.decided(before.approved())
    await desk.put("DXT/2025-09", changed(dxt01=9))

    path = f"/v1/reports/{WARD}/{DXT}"
    empty = await desk.get(path)
    form = (await desk.get(f"{path}?include=previous")).json()

    assert empty.status_code == 404
    assert (form["latest"], form["content"]) == (None, None)
    assert form["previous"]["period"]["code"] == "2025-09"
    assert form["previous"]["version"] == 1
    assert form["previous"]["content"] == desks.content().model_dump(mode="json")
    assert form["allowed_actions"][0] == {"action": "send", "allowed": True, "reason": None}

    await desk.put()
    whole = await desk.get(f"{path}?include=previous")
    assert whole.json()["previous"] == form["previous"]
    assert whole.headers["etag"] == '"1-0-1-1"'
    assert (await desk.put(body=changed(dxt01=2), if_match=whole.headers["etag"])).is_success


async def test_a_form_says_when_its_period_opens(desk: Desk) -> None:
    with set_to(datetime(2025, 9, 1, tzinfo=UTC)):
        form = (await desk.get(f"/v1/reports/{WARD}/{DXT}?include=previous")).json()

    assert form["previous"]["content"] is None
    refused = form["allowed_actions"][0]
    assert (refused["allowed"], refused["reason"]["code"]) == (False, "period-not-open")
    assert "15/09/2025" in refused["reason"]["message"]["vi"]


async def test_every_version_can_be_read_as_it_came_in(desk: Desk) -> None:
    await desk.put()
    await desk.put(body=changed(dxt01=1801))
    await desk.put(body=changed(dxt01=1802))
    path = f"/v1/reports/{WARD}/{DXT}/versions"

    first = (await desk.get(f"{path}?limit=2")).json()
    rest = (await desk.get(f"{path}?limit=2&cursor={first['next']}")).json()
    second = await desk.get(f"{path}/2")

    assert [version["version"] for version in first["items"] + rest["items"]] == [3, 2, 1]
    assert rest["next"] is None
    assert "content" not in first["items"][0]
    assert second.json()["content"]["values"]["dxt01"] == 1801
    assert (await desk.get(f"{path}/2", if_none_match=second.headers["etag"])).status_code == 304
    unknown = [
        await desk.get(f"{path}/4"),
        await desk.get(f"/v1/reports/{WARD}/DXT/2025-09/versions"),
    ]
    assert [answer.status_code for answer in unknown] == [404, 404]
    assert (await desk.get(f"{path}/0")).status_code == 422


async def listed(desk: Desk, query: str, **headers: str) -> list[tuple[str, str, str]]:
    """Which reports a list has, read two by two."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = (await desk.get(f"/v1/reports?limit=2{query}{cursor}", **headers)).json()
        items += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    names = ("ward_code", "template_code")
    return [(*(item[name] for name in names), item["period"]["code"]) for item in items]


async def test_a_list_is_paged_and_filtered(desk: Desk) -> None:
    for address in ("DXT/2025-09", DXT, "PIP/2025-10", "FIN/2025-Q3"):
        assert (await desk.put(address)).status_code == 202
    other = desk.as_("ward_officer", OTHER)
    assert (await desk.put(ward=OTHER, **other)).status_code == 202
    report = desks.report()
    report.sent(desks.content())
    await desk.decided(report.returned("rule-errors", findings=(FINDING,)))

    reviewer = desk.as_("reviewer")
    mine = [(WARD, t, p) for t, p in (("PIP", "2025-10"), ("DXT", "2025-10"), ("FIN", "2025-Q3"))]
    mine.append((WARD, "DXT", "2025-09"))
    assert await listed(desk, "") == mine
    everyone = [mine[0], mine[1], (OTHER, "DXT", "2025-10"), *mine[2:]]
    assert await listed(desk, "", **reviewer) == everyone
    assert await listed(desk, "&template=DXT", **reviewer) == [
        everyone[1],
        everyone[2],
        everyone[4],
    ]
    assert await listed(desk, "&period=2025-Q3", **reviewer) == [mine[2]]
    assert await listed(desk, f"&ward={OTHER}", **reviewer) == [everyone[2]]
    assert await listed(desk, "&state=returned", **reviewer) == [mine[1]]
    assert len(await listed(desk, "&state=received", **reviewer)) == 4
    [item] = (await desk.get("/v1/reports?state=returned")).json()["items"]
    assert (item["decision"]["code"], item["decision"]["findings"]) == ("rule-errors", [])


async def test_a_bad_cursor_is_refused(desk: Desk) -> None:
    answers = [
        await desk.get("/v1/reports?cursor=x"),
        await desk.get("/v1/reports?limit=501"),
        await desk.get(f"/v1/reports/{WARD}/{DXT}/versions?cursor=x"),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
