"""A report's way through all four services, as its ward, reviewers and leaders see it."""

from contracts.reports import report_id
from tests.system.line import REASON, Line
from tests.unit import sound_bodies

WARD, OTHER, THIRD = "26536", "26542", "26545"
COMMENT = {"pointer": "/values/dxt01", "text": "Đề nghị đối chiếu với cổng dịch vụ công."}


async def test_a_report_comes_in_is_approved_and_counts(line: Line) -> None:
    report = f"{WARD}/DXT/2025-07"
    answer = await line.put(report)
    assert answer.status_code == 202
    assert answer.json()["report_id"] == str(report_id(*report.split("/")))

    status = await line.reaches(report, "in-review", 1)
    assert (status["counted_version"], status["decision"]["kind"]) == (None, "passed-rules")
    await line.decided("approve", report, 1)

    status = await line.reaches(report, "approved", 1)
    assert (status["counted_version"], status["decision"]["kind"]) == (1, "approved")
    await line.settled()
    sheet = await line.figures("DXT", "2025-07")
    assert (sheet.value("dxt01"), sheet.behind("dxt01")) == (1800, (1, 0, 168))
    assert await line.told(report) == ["received", "approved"]


async def test_a_returned_report_tells_its_ward_why_and_comes_again(line: Line) -> None:
    report = f"{WARD}/DXT/2025-08"
    officer = line.token("ward_officer", WARD)
    await line.ask(
        officer, "PUT", "notification", "/v1/contacts/me", json={"email": "can-bo@phuong.test"}
    )
    await line.sent(report)
    await line.reaches(report, "in-review", 1)
    await line.decided("return", report, 1, **REASON, comments=[COMMENT])

    decision = (await line.reaches(report, "returned", 1))["decision"]
    assert {"code": decision["code"], "note": decision["note"]} == REASON
    assert decision["comments"] == [COMMENT]
    await line.settled()
    told = (await line.inbox(WARD, template="DXT", period="2025-08"))[0]
    assert (told["kind"], told["reason"]["code"], told["note"]) == ("returned", *REASON.values())
    assert told["link"] == f"/reports/{report}"
    await line.until(lambda: has_mail(line, told["link"]))

    assert await line.approved(report, sound_bodies.body("DXT", {"dxt01": 1810})) == 2
    await line.settled()
    assert (await line.figures("DXT", "2025-08")).value("dxt01") == 1810
    assert await line.told(report) == ["received", "returned", "received", "approved"]


async def has_mail(line: Line, link: str) -> bool:
    messages = (await line.http.get(f"{line.processes.layout.mail_url}/messages")).json()
    return [m["to"] for m in messages if f"{link}\n" in m["text"]] == ["can-bo@phuong.test"]


async def test_the_rules_return_a_report_and_nobody_need_look_at_it(line: Line) -> None:
    report = f"{WARD}/DXT/2025-09"
    await line.sent(report, sound_bodies.body("DXT", {"dxt02": 1801}))

    decision = (await line.reaches(report, "returned", 1))["decision"]
    assert (decision["code"], decision["decided_by"]) == ("rule-errors", None)
    assert [finding["rule"] for finding in decision["findings"]] == ["DXT-E1"]
    await line.settled()
    assert await line.told(report) == ["received", "returned"]
    assert (await line.decide("approve", report, 1)).status_code == 409


async def test_a_revoked_report_counts_no_more_until_it_is_sent_and_approved_again(
    line: Line,
) -> None:
    report = f"{WARD}/DXT/2025-10"
    await line.approved(report)
    await line.decided("revoke", report, 1, **REASON)

    status = await line.reaches(report, "revoked", 1)
    assert (status["counted_version"], status["decision"]["revoked_version"]) == (None, 1)
    await line.settled()
    sheet = await line.figures("DXT", "2025-10")
    assert (sheet.value("dxt01"), sheet.behind("dxt01")) == (None, (0, 0, 168))

    assert await line.approved(report) == 2  # the very same content
    await line.settled()
    assert (await line.figures("DXT", "2025-10")).value("dxt01") == 1800
    assert await line.told(report) == ["received", "approved", "revoked", "received", "approved"]


async def test_what_is_not_approved_is_withdrawn_as_soon_as_its_ward_asks(line: Line) -> None:
    report = f"{OTHER}/DXT/2025-10"
    await line.sent(report)
    await line.reaches(report, "in-review", 1)
    await line.withdraw(report)

    status = await line.reaches(report, "withdrawn", 1)
    assert (status["withdrawal_requested"], status["counted_version"]) == (False, None)
    await line.settled()
    assert await line.told(report) == ["received", "withdrawn"]


async def test_what_is_approved_is_withdrawn_when_a_reviewer_agrees(line: Line) -> None:
    kept, gone = f"{OTHER}/DXT/2025-11", f"{THIRD}/DXT/2025-11"
    for report in (kept, gone):
        await line.approved(report)
        await line.reaches(report, "approved", 1)
        await line.withdraw(report)
        assert (await line.status(report))["withdrawal_requested"] is True
    await line.settled()
    assert await withdrawals(line, "2025-11") == [2]
    await line.decided("refuse-withdrawal", kept, 1, note="Số liệu đã được công bố.")
    await line.decided("withdraw", gone, 1)

    status = await line.reaches(gone, "withdrawn", 1)
    assert (status["counted_version"], status["decision"]["code"]) == (None, "withdrawn-by-ward")
    await line.settled()
    assert (await line.status(kept))["counted_version"] == 1
    assert (await line.figures("DXT", "2025-11")).behind("dxt01") == (1, 0, 168)
    assert await line.told(kept) == ["received", "approved", "withdrawal-refused"]
    assert await line.told(gone) == ["received", "approved", "revoked"]
    assert await withdrawals(line, "2025-11") == []


async def withdrawals(line: Line, period: str) -> list[int]:
    """How many wards ask for their report back, as reviewers are told of their queue."""
    inbox = await line.read(
        line.token("reviewer"), "notification", "/v1/inbox", template="DXT", period=period
    )
    return [notice["withdrawals"] for notice in inbox["items"]]
