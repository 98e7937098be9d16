"""What a ward is told comes to it live, and nothing is missed when the server is started anew."""

import asyncio

from tests.service.live import Reader
from tests.system.line import Line

WARD = "26545"


async def test_notices_come_live_and_a_reader_resumes_across_a_restart(line: Line) -> None:
    first, second = f"{WARD}/INN/2026-Q2", f"{WARD}/INN/2026-Q3"
    notification = line.processes.services["notification"]
    officer = line.token("ward_officer", WARD)
    reader = Reader(f"{notification.url}/v1/inbox/stream", {"Authorization": f"Bearer {officer}"})

    async with reader.reading() as events:
        coming = await reader.next_of(events)
        await line.sent(first)
        received = await coming
    assert (received.event, received.data["kind"]) == ("notice", "received")
    assert received.data["link"] == f"/reports/{first}"

    code = await asyncio.to_thread(notification.process.stop)
    assert code == 0
    await line.reaches(first, "in-review", 1)
    await line.decided("approve", first, 1)
    await line.sent(second)
    notification.start()

    missed = await reader.take(2)
    assert [event.data["kind"] for event in missed] == ["approved", "received"]
    assert [event.data["link"] for event in missed] == [f"/reports/{r}" for r in (first, second)]
    assert received.id < missed[0].id < missed[1].id
