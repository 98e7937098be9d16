"""Live streams over a real HTTP server: exact resumption, and an end to every stream."""

import asyncio
from datetime import timedelta
from random import Random

import httpx
import pytest
from sqlalchemy import make_url, text

from chassis import clock
from services.notification.app import SERVICE
from services.notification.inbox.domain import KEPT
from services.notification.inbox.repository import NOTICES
from services.notification.streams import hub, sse
from tests.builders import NOON, Report, content
from tests.service.harness import record
from tests.service.live import Live, until
from tests.stack import Stack

MINE, OTHER = "26734", "27676"
BODY = content({"inn01": 1})


async def submissions(live: Live, *wards: str) -> None:
    await live.line.receives(*(Report(ward, "INN", "2025-Q4").sent(BODY) for ward in wards))


async def test_a_notice_arrives_while_one_listens_and_only_to_whom_it_is_for(live: Live) -> None:
    mine, other = live.inbox("ward_officer", MINE), live.inbox("ward_officer", OTHER)
    async with mine.reading() as events, other.reading() as others:
        heard, unheard = await mine.next_of(events), await other.next_of(others)

        await submissions(live, MINE)

        event = await asyncio.wait_for(heard, 2)
        assert (event.event, event.data["kind"]) == ("notice", "received")
        assert event.data["ward"]["code"] == MINE
        await asyncio.sleep(0.3)
        assert not unheard.done()
        unheard.cancel()
        await asyncio.wait([unheard])


async def test_a_reader_who_comes_back_gets_what_was_missed(live: Live) -> None:
    await submissions(live, MINE)
    listed = await live.line.client.get("/v1/inbox", headers=live.line.token("ward_officer", MINE))
    reader = live.inbox("ward_officer", MINE, after=listed.json()["last_event_id"])
    report = Report(MINE, "INN", "2025-Q4")
    report.sent(BODY)
    await live.line.receives(report.returned(), report.approved())

    missed = await reader.take(2)

    assert [event.data["kind"] for event in missed] == ["returned", "approved"]
    assert reader.last_id == missed[-1].id


async def test_after_a_list_the_query_says_from_where_a_stream_goes_on(live: Live) -> None:
    await submissions(live, MINE, OTHER)
    reader = live.inbox("ward_officer", MINE, OTHER)
    reader.url += "?after=1"

    [event] = await reader.take(1)

    assert event.id == 2


async def test_a_queue_is_updated_and_cleared_live(live: Live) -> None:
    report = Report(MINE, "INN", "2025-Q4")
    reader = live.inbox("reviewer", after=0)
    await live.line.receives(report.passed(BODY))
    [waiting] = await reader.take(1)

    await live.line.receives(report.approved())
    [cleared] = await reader.take(1)

    assert (waiting.event, waiting.data["reports"]) == ("notice", 1)
    assert (cleared.event, cleared.data["id"]) == ("cleared", waiting.data["id"])


async def test_resuming_is_exact_while_transactions_commit_side_by_side(live: Live) -> None:
    """Readers that come and go see every position once, in order, whoever commits when."""
    wards = [f"{25000 + n}" for n in range(120)]
    periods = ("2025-Q3", "2025-Q4")
    chance = Random(168)
    listener = SERVICE.listener
    assert listener is not None

    async def writer(share: list[str]) -> None:
        for ward in share:
            batch = [record(Report(ward, "INN", period).sent(BODY)) for period in periods]
            await listener.process(batch, live.line.database)

    async def reader() -> list[int]:
        seen: list[int] = []
        browser = live.inbox("ward_officer", *wards, after=0)
        while len(seen) < len(wards) * len(periods):
            some = min(chance.randint(1, 60), len(wards) * len(periods) - len(seen))
            seen += [event.id for event in await browser.take(some)]
        return seen

    readers = [asyncio.create_task(reader()) for _ in range(4)]
    await asyncio.gather(*(writer(wards[n::6]) for n in range(6)))

    async with live.line.database.unit() as unit:
        found = await unit.session.scalars(text("SELECT position FROM notice ORDER BY position"))
        committed = list(found)
    for seen in await asyncio.wait_for(asyncio.gather(*readers), 30):
        assert seen == committed


async def test_who_was_away_too_long_is_told_to_read_the_list_anew(live: Live) -> None:
    await submissions(live, MINE)
    await live.inbox("ward_officer", MINE, after=0).take(1)  # the tail is past it
    with clock.set_to(NOON + KEPT + timedelta(days=1)):
        await live.line.does("notices-purge")
    report = Report(OTHER, "INN", "2025-Q4")

    reader = live.inbox("ward_officer", MINE, after=0)
    [reset] = await reader.take(1)
    assert (reset.event, reset.id) == ("reset", 1)

    await live.line.receives(report.sent(BODY))
    other = live.inbox("ward_officer", OTHER, after=reset.id)
    assert [event.id for event in await other.take(1)] == [2]


async def test_a_position_that_was_never_reached_is_of_another_database(live: Live) -> None:
    reader = live.inbox("ward_officer", MINE, after=1_000_000)

    [reset] = await reader.take(1)

    assert (reset.event, reset.id) == ("reset", 0)


async def test_a_wrong_position_is_refused(live: Live) -> None:
    headers = live.line.token("ward_officer", MINE) | {"Last-Event-ID": "yesterday"}

    answer = await live.line.client.get("/v1/inbox/stream", headers=headers)

    assert answer.status_code == 422


async def test_comments_keep_a_quiet_stream_alive(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr(sse, "LOOK_SECONDS", 0.05)
    reader = live.inbox("ward_officer", MINE)
    async with (
        httpx.AsyncClient(timeout=5) as client,
        client.stream("GET", reader.url, headers=reader.headers) as answer,
    ):
        async for line in answer.aiter_lines():
            if line.startswith(": "):
                break


async def test_streams_end_when_the_service_stops_and_when_they_are_old(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "LONGEST_SECONDS", 0.5)
    async with live.inbox("ward_officer", MINE).reading() as events:
        assert [event async for event in events] == []

    monkeypatch.setattr(sse, "LONGEST_SECONDS", 600)
    reader = live.inbox("ward_officer", MINE)
    async with reader.reading() as events:
        last = await reader.next_of(events)
        live.line.runtime.stopping.set()
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(last, 3)


async def test_a_reader_who_takes_nothing_is_dropped(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "BUFFER", 4)
    monkeypatch.setattr(sse, "SEND_SECONDS", 0.2)
    wards = [f"{25000 + n}" for n in range(60)]
    log = NOTICES.hub(live.line.database)
    host, port = live.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port), limit=1)
    token = live.line.token("ward_officer", *wards)["Authorization"]
    writer.write(
        f"GET /v1/inbox/stream HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode()
    )
    await until(lambda: log.open == 1)

    for period in ("2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"):
        await live.line.receives(*(Report(ward, "INN", period).sent(BODY) for ward in wards))

    await until(lambda: log.open == 0)
    writer.close()


async def test_a_stream_that_nobody_reads_any_more_is_forgotten(live: Live) -> None:
    log = NOTICES.hub(live.line.database)
    await submissions(live, MINE)

    await live.inbox("ward_officer", MINE, after=0).take(1)

    await until(lambda: log.open == 0)


async def test_streams_go_on_when_the_database_drops_every_connection(
    live: Live, stack: Stack
) -> None:
    reader = live.inbox("ward_officer", MINE)
    database = make_url(live.line.runtime.settings.database_url).database
    async with reader.reading() as events:
        heard = await reader.next_of(events)

        ended = stack.psql(
            "-c",
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            f" WHERE datname = '{database}' AND pid <> pg_backend_pid()",
        )
        await asyncio.sleep(0.1)  # psql held the loop: now the driver hears of it
        await submissions(live, MINE)

        assert int(ended) > 0
        assert (await asyncio.wait_for(heard, 5)).data["kind"] == "received"


async def test_one_caller_has_so_many_streams_and_no_more(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NOTICES.hub(live.line.database).places, "_each", 1)
    headers = live.line.token("ward_officer", MINE)
    async with live.inbox("ward_officer", MINE).reading():
        refused = await live.line.client.get("/v1/inbox/stream", headers=headers)
        async with live.inbox("ward_officer", OTHER).reading():
            pass
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    await until(lambda: not NOTICES.hub(live.line.database).places._taken)
    async with live.inbox("ward_officer", MINE).reading():
        pass
