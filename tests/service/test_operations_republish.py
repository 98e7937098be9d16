"""A service tells its events again: who lost them has them, who has them changes nothing."""

import asyncio
import re
from time import monotonic
from typing import Any

import pytest
from pydantic_core import from_json

from chassis.operations import republication
from chassis.operations.republish import republishing
from chassis.records import Record
from services.aggregation.app import SERVICE as AGGREGATION
from services.notification.app import SERVICE as NOTIFICATION
from services.validation.app import SERVICE as VALIDATION
from tests.service import whole_line
from tests.service.conftest import Serve
from tests.service.harness import ServiceUnderTest
from tests.service.whole_line import Line, everything, hear, rows, taken

FAST = ("--rate", "100000")
EFFECTS = (
    """
        SELECT CAST(to_jsonb(t) - ARRAY['entered_revision', 'entered_decision_no', 'entered_at',
                                        'edition'] AS text)
        FROM fact AS t ORDER BY 1
    """,
    "SELECT * FROM accumulator WHERE numerator <> 0 ORDER BY 1, 2, 3, 4, 5",
)
CHOICES = {
    ("--only", "wards"): {"submission.catalogue": 168},
    ("--template", "DXT"): {"submission.catalogue": 1, "submission.reports": 10},
    ("--period", "2025-08", "--history"): {"submission.reports": 3},
    ("--only", "reports", "--ward", whole_line.OTHER): {"submission.reports": 4},
}
WAITING = """
    SELECT report_id, decision_no, state, counts, submitted_at,
           asked_no > sent_no AND asked_at > coalesce(answered_at, '-infinity') AS asks
    FROM standing ORDER BY 1
"""


@pytest.fixture
async def line(serve: Serve) -> Line:
    line = await whole_line.opened(serve)
    await whole_line.lived(line)
    return line


async def again(service: ServiceUnderTest, *arguments: str) -> list[Record]:
    """What the service tells again."""
    await republishing(service.service.retold)(service.runtime, [*FAST, *arguments])
    return await taken(service)


async def all_again(line: Line, *arguments: str) -> list[Record]:
    told = [await again(service, "--go", *arguments) for service in line.services.values()]
    return [record for each in told for record in each]


def event_id(record: Record) -> str:
    return (dict(record.headers)["ce_id"] or b"").decode()


def said(records: list[Record]) -> dict[str, Any]:
    """What events say, by their ids."""
    return {event_id(r): (r.topic, r.key, from_json(r.value or b"")) for r in records}


async def test_events_are_told_word_for_word_under_their_own_ids(line: Line) -> None:
    original = said(line.log)
    figures = {i: event for i, event in original.items() if event[0] == "aggregation.figures"}
    newest = {event[1]: i for i, event in figures.items()}

    history = said(await all_again(line, "--history"))
    present = said(await all_again(line))

    assert history == {
        i: event for i, event in original.items() if i not in figures or newest[event[1]] == i
    }
    assert {i: original[i] for i in present} == present
    assert len(present) < len(history)


async def test_who_knows_everything_changes_nothing(line: Line) -> None:
    before = {name: await everything(service) for name, service in line.services.items()}

    await line.carry(await all_again(line, "--history"))

    assert {name: await everything(service) for name, service in line.services.items()} == before
    assert [await taken(service) for service in line.services.values()] == [[], [], [], []]


async def test_who_has_forgotten_the_ids_changes_nothing_but_signals(line: Line) -> None:
    but = ("inbox", "signal")
    before = {name: await everything(s, but=but) for name, s in line.services.items()}
    for service in line.services.values():
        await rows(service, "DELETE FROM inbox")

    await line.carry(await all_again(line, "--history"))

    assert {name: await everything(s, but=but) for name, s in line.services.items()} == before


@pytest.mark.parametrize("arguments", [(), ("--history",)])
async def test_who_lost_everything_is_where_it_was(
    line: Line, serve: Serve, arguments: tuple[str, ...]
) -> None:
    told = await all_again(line, *arguments)
    figures, notices = await serve(AGGREGATION), await serve(NOTIFICATION)

    await hear(figures, told)
    await hear(notices, told)

    for effect in EFFECTS:
        assert await rows(figures, effect) == await rows(line["aggregation"], effect)
    assert await rows(notices, WAITING) == await rows(line["notification"], WAITING)
    assert await rows(figures, "SELECT count(*) FROM fact") == [(8,)]


async def test_a_status_that_was_lost_is_the_same(line: Line) -> None:
    submission, tables = line["submission"], ("report_status", "withdrawal_answer")
    before = await everything(submission)
    for table in (*tables, "inbox"):
        await rows(submission, f"DELETE FROM {table}")

    await hear(submission, await all_again(line))

    after = await everything(submission)
    assert {name: after[name] for name in tables} == {name: before[name] for name in tables}
    assert len(after["withdrawal_answer"]) == 3


async def test_a_judge_who_lost_everything_knows_what_wards_say(line: Line, serve: Serve) -> None:
    said = "SELECT report_id, submission_no, version FROM report ORDER BY 1"
    latest = "SELECT report_id, version FROM report ORDER BY 1"
    versions = "SELECT CAST(t AS text) FROM version AS t ORDER BY 1"
    empty = await serve(VALIDATION)

    await hear(empty, await all_again(line))
    assert await rows(empty, latest) == await rows(line["validation"], latest)

    await hear(empty, await all_again(line, "--history"))
    assert await rows(empty, versions) == await rows(line["validation"], versions)
    assert await rows(empty, said) == await rows(line["validation"], said)


async def test_a_dry_run_says_how_much_there_is_and_parts_are_chosen(
    line: Line, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await again(line["validation"]) == []
    printed = capsys.readouterr().out
    assert printed.startswith("validation: 9 events to tell again, 0 s at 100,000 a second\n")
    assert re.search(r" 1 +wardline\.report\.approval-revoked\.v1\n", printed)
    assert printed.endswith("nothing was told: --go tells them\n")
    assert await again(line["notification"], "--go") == []
    assert capsys.readouterr().out.startswith("notification: 0 events")

    for arguments, topics in CHOICES.items():
        told = [record.topic for record in await again(line["submission"], "--go", *arguments)]
        assert {topic: told.count(topic) for topic in told} == topics


async def test_a_run_that_was_killed_goes_on_where_it_stopped(
    line: Line, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    validation = line["validation"]
    monkeypatch.setattr(republication, "AT_ONCE", 4)
    run = republishing(VALIDATION.retold)(validation.runtime, ["--go", "--rate", "1"])
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(run, 0.9)
    first = await taken(validation)

    rest = await again(validation, "--go")

    assert (len(first), len(said([*first, *rest]))) == (1, 9)
    assert len(rest) == 8
    assert "stopped after 1: it is gone on with unless --restart" in capsys.readouterr().out
    acts = await rows(validation, "SELECT action FROM audit WHERE action LIKE 'repub%' ORDER BY id")
    assert acts == [("republish-begun",), ("republished",)]
    assert len(await again(validation, "--go", "--restart")) == 9


async def test_it_keeps_to_its_rate_and_waits_while_much_waits_in_the_outbox(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(republication, "MOST_WAITING", 5)
    validation, began = line["validation"], monotonic()
    telling = asyncio.gather(
        republishing(VALIDATION.retold)(validation.runtime, ["--go", "--rate", "3"])
    )
    await asyncio.sleep(5)
    assert len(told := await taken(validation)) == 6
    await telling
    assert len(told) + len(await taken(validation)) == 9
    assert monotonic() - began > 5


async def test_figures_on_the_move_are_left_to_their_own_announcement(line: Line) -> None:
    aggregation = line["aggregation"]
    assert len(await again(aggregation, "--go")) == 4
    raised = "UPDATE figure_set SET revision = revision + 1 WHERE period_code = '2025-08'"
    await rows(aggregation, raised)
    assert len(await again(aggregation, "--go")) == 3
