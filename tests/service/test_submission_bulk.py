"""Many reports in one request: an answer for each line, and no line concerns another."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import make_url

from services.submission.reports import bulk_api
from tests.service import desk as desks
from tests.service.desk import OTHER, WARD, Desk, changed
from tests.stack import Stack
from tests.unit import sound_bodies


def line(period: str = "2025-10", content: object = None, **parts: object) -> dict[str, Any]:
    """A sound line, unless ``parts`` say otherwise."""
    body = sound_bodies.body("DXT") if content is None else content
    return {"ward": WARD, "template": "DXT", "period": period, "content": body} | parts


async def post(desk: Desk, *lines: object, **headers: str) -> list[dict[str, Any]]:
    """The answers to these lines; bytes are sent as they are."""
    raw = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in lines]
    answer = await desk.service.client.post(
        "/v1/reports:bulk",
        content=b"\n".join(raw),
        headers=desk.officer | {"content-type": "application/x-ndjson"} | headers,
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(said) for said in answer.text.splitlines()]


async def test_a_bad_line_only_fails_itself(desk: Desk) -> None:
    answers = await post(
        desk,
        line("2025-07"),
        b'{"ward": "2',
        line("2025-08", changed(dxt01="x")),
        line("2025-13"),
        line(ward=OTHER),
        line(template="XXX"),
        line(extra=1),
        [],
        b'{"ward": "' + b"9" * 300_000 + b'"}',
        b"",
        b"   ",
        line("2025-08"),
        b"\xff\xfe",
    )

    assert [a["line"] for a in answers] == [*range(1, 10), 12, 13]
    statuses = [a["status"] for a in answers]
    assert statuses == [202, 400, 422, 422, 403, 404, 422, 422, 413, 202, 400]
    assert answers[2]["errors"][0]["pointer"] == "/values/dxt01"
    assert answers[2]["period"] == "2025-08"
    assert answers[3]["type"] == "/problems/unknown-period"
    assert answers[6]["errors"][0]["pointer"] == "/extra"
    periods = [event.period.code for event in await desk.submitted()]
    assert periods == ["2025-07", "2025-08"]


async def test_lines_on_one_report_are_its_versions_in_their_order(desk: Desk) -> None:
    answers = await post(
        desk, line(), line(content=changed(dxt01=1801)), line(content=changed(dxt01=1801)), line()
    )

    assert [(a["status"], a["version"]) for a in answers] == [
        (202, 1),
        (202, 2),
        (200, 2),
        (202, 3),
    ]
    events = await desk.submitted()
    assert [(e.submission_no, e.version, e.channel) for e in events] == [
        (1, 1, "bulk"),
        (2, 2, "bulk"),
        (3, 3, "bulk"),
    ]
    shown = (await desk.get()).json()
    assert (shown["latest"]["version"], shown["latest"]["channel"]) == (3, "bulk")
    assert answers[-1]["etag"] == '"3-0-3"'


async def test_many_lines_in_pieces_of_any_size(desk: Desk) -> None:
    months = [f"{2025 + n // 12}-{n % 12 + 1:02d}" for n in range(6, 22)]
    lines = [line(month, changed(dxt01=1800 + n)) for n in range(40) for month in months]
    raw = b"\n".join(json.dumps(part).encode() for part in lines)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(raw), 10_007):
            yield raw[start : start + 10_007]

    answer = await desk.service.client.post(
        "/v1/reports:bulk",
        content=pieces(),
        headers=desk.officer | {"content-type": "application/x-ndjson"},
    )

    said = [json.loads(part) for part in answer.text.splitlines()]
    assert [part["line"] for part in said] == list(range(1, len(lines) + 1))
    assert {part["status"] for part in said} == {202}
    assert said[-1]["version"] == 40
    assert len(await desk.submitted()) == len(lines)


async def test_answers_are_in_the_callers_language_and_name_a_bounded_number_of_errors(
    desk: Desk,
) -> None:
    unknown = {"values": {f"dxt{n}x": n for n in range(30)}}
    [english] = await post(desk, line(content=unknown), **{"accept-language": "en"})
    [vietnamese] = await post(desk, line(content=unknown))

    assert english["detail"] != vietnamese["detail"]
    assert len(english["errors"]) == 20
    assert english["errors_omitted"] == 30 + len(desks.content().values) - 20


async def test_nothing_in_is_nothing_out(desk: Desk) -> None:
    assert await post(desk) == []


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
async def test_only_ndjson_is_read(desk: Desk, kind: str) -> None:
    answer = await desk.service.client.post(
        "/v1/reports:bulk", content=b"{}", headers=desk.officer | {"content-type": kind}
    )

    assert answer.status_code == 415
    assert answer.headers["accept"] == "application/x-ndjson"


async def test_too_many_lines_are_told_from_the_first_that_is_not_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_api, "MOST_LINES", 2)

    async def pieces() -> AsyncIterator[bytes]:
        yield json.dumps(line()).encode() + b"\n\n"
        yield json.dumps(line("2025-09")).encode() + b"\n"

    answer = await desk.service.client.post(
        "/v1/reports:bulk",
        content=pieces(),
        headers=desk.officer | {"content-type": "application/x-ndjson"},
    )
    whole = await desk.service.client.post(
        "/v1/reports:bulk",
        content=b"x\n" * 3,
        headers=desk.officer | {"content-type": "application/x-ndjson"},
    )

    said = [json.loads(part) for part in answer.text.splitlines()]
    assert [(part["line"], part["status"]) for part in said] == [(1, 202), (2, 413)]
    assert (whole.status_code, whole.json()["type"]) == (413, "/problems/too-many-lines")


async def test_a_database_that_is_away_is_answered_line_by_line(desk: Desk, stack: Stack) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield json.dumps(line("2025-07")).encode() + b"\n"
        with _away(desk, stack):
            yield json.dumps(line("2025-08")).encode() + b"\n"
        yield json.dumps(line("2025-09")).encode() + b"\n"

    headers = desk.officer | {"content-type": "application/x-ndjson"}
    answer = await desk.service.client.post("/v1/reports:bulk", content=pieces(), headers=headers)
    with _away(desk, stack):
        refused = [
            await desk.service.client.post("/v1/reports:bulk", content=b"{}", headers=headers),
            await desk.put(),
            await desk.get("/v1/reports"),
        ]
    after = await desk.put("DXT/2025-08")

    said = [json.loads(part) for part in answer.text.splitlines()]
    assert [part["status"] for part in said] == [202, 503, 202]
    assert [part.status_code for part in refused] == [503, 503, 503]
    assert all(int(part.headers["retry-after"]) > 0 for part in refused)
    assert after.status_code == 202
    assert len(await desk.submitted()) == 3


async def test_a_line_that_the_database_will_not_take_only_fails_itself(
    desk: Desk, stack: Stack
) -> None:
    stack.psql(
        "-c",
        "ALTER TABLE submission.report_version ADD CHECK (content -> 'values' ->> 'dxt01' <> '6')",
        database=_database(desk),
    )
    months = [f"2026-{month:02d}" for month in range(1, 10)]

    answers = await post(
        desk, *(line(m, changed(dxt01=6 if m == "2026-04" else 7)) for m in months)
    )

    assert [answer["status"] for answer in answers] == [202] * 3 + [500] + [202] * 5
    assert answers[3]["type"] == "/problems/internal-error"
    assert len(await desk.submitted()) == 8


def _database(desk: Desk) -> str:
    return str(make_url(desk.service.runtime.settings.database_url).database)


@contextmanager
def _away(desk: Desk, stack: Stack) -> Iterator[None]:
    """Within it nobody can connect to the service's database, nor is anybody connected."""
    name = _database(desk)
    stack.psql("-c", f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    stack.psql(
        "-c",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'submission'",
    )
    yield
    stack.psql("-c", f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
