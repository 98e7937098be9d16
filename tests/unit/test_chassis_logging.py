"""What is written to the log."""

import io
import json
import logging as stdlib
import sys
from collections.abc import Callable, Iterator

import pytest
import structlog

from chassis import logging
from chassis.logging import correlation_id

Lines = Callable[[], list[dict[str, object]]]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """The lines written since the start, as the objects they are."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    root = stdlib.getLogger()
    before = (root.handlers[:], root.level, structlog.get_config())
    root.handlers.clear()
    logging.configure("probe")
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.handlers[:], _, config = before
    root.setLevel(before[1])
    structlog.configure(**config)


def test_a_line_is_one_object_with_a_static_name(lines: Lines) -> None:
    structlog.get_logger("here").info("report_received", ward="Phường Hiệp Bình")

    [line] = lines()
    assert line.pop("timestamp")
    assert line == {
        "event": "report_received",
        "ward": "Phường Hiệp Bình",
        "service": "probe",
        "level": "info",
        "logger": "here",
    }


def test_libraries_log_the_same_way(lines: Lines) -> None:
    stdlib.getLogger("sqlalchemy.pool").warning("connection %s lost", 7)

    [line] = lines()
    assert (line["event"], line["level"]) == ("connection 7 lost", "warning")


def test_what_caused_the_work_is_on_every_line(lines: Lines) -> None:
    token = correlation_id.set("c-1")
    structlog.get_logger().info("a")
    stdlib.getLogger("lib").error("b")
    correlation_id.reset(token)

    assert [line["correlation_id"] for line in lines()] == ["c-1", "c-1"]


def test_a_traceback_stays_in_its_line_and_shows_no_variables(lines: Lines) -> None:
    secret = "hunter2"
    try:
        secret.index("x")
    except ValueError:
        structlog.get_logger().exception("failed")

    [line] = lines()
    assert "ValueError: substring not found" in str(line["exception"])
    assert "hunter2'" not in str(line["exception"])


def test_a_client_that_repeats_itself_is_heard_once_in_a_while(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = stdlib.getLogger("aiokafka.conn")
    for attempt in range(50):
        log.error("Unable to connect to %s", attempt)
    log.error("another message")
    monkeypatch.setattr(logging, "QUIET_SECONDS", 0.0)
    log.error("Unable to connect to %s", 50)

    assert [(line["event"], line.get("left_out")) for line in lines()] == [
        ("Unable to connect to 0", None),
        ("another message", None),
        ("Unable to connect to 50", 49),
    ]


def test_a_terminal_gets_words_for_people(monkeypatch: pytest.MonkeyPatch, lines: Lines) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    logging.configure("probe", "console", "warning")

    structlog.get_logger().info("too quiet")
    structlog.get_logger().warning("heard")

    assert "heard" in written.getvalue()
    assert "too quiet" not in written.getvalue()
    assert lines() == []
