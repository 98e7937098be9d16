"""How a demo month is cast, which periods it takes, and that a wrong figure does not pass."""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.period import Period
from contracts.template import Template
from deploy.demo import courses, figures, periods, waiting
from deploy.demo.api import Api
from deploy.demo.courses import Report, cast
from deploy.demo.people import Person
from deploy.demo.scene import Ward
from deploy.demo.tally import Sum, tally
from deploy.demo.trouble import DemoError
from deploy.local.layout import Layout
from services.submission.catalogue import make_wards

WARDS = [Ward(line["code"], line["name"], line["kind"]) for line in make_wards.lines()]
KINDS = {ward.code: ward.kind for ward in WARDS}


@cache
def template(code: str) -> dict[str, Any]:
    path = make_wards.WARDS.parent / "templates" / f"{code.lower()}.yaml"
    read = Template.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    return read.model_dump(mode="json")


@cache
def month(wards: int) -> list[Report]:
    when = {
        code: Period.parse(first, template(code)["scheme"]) for code, first in periods.FIRST.items()
    }
    return cast(WARDS[:wards], when, seed=1)


@pytest.mark.parametrize("wards", [courses.FEWEST_WARDS, 24, 50, 168])
def test_everything_happens_in_a_month_and_most_reports_are_sound(wards: int) -> None:
    reports = month(wards)
    happens = Counter(report.course for report in reports)
    assert len(reports) == 7 * wards
    assert len({report.place for report in reports}) == len(reports)
    assert happens[courses.REVOKED] == happens[courses.WITHDRAWN] == 1
    assert {*happens} >= {courses.BROKEN, courses.SURPRISING, courses.DOUBTED, courses.REPLACED}
    assert happens[courses.SOUND] > len(reports) / 3


def test_what_is_returned_is_sent_again_changed() -> None:
    for report in month(168):
        if report.course in {courses.BROKEN, courses.SURPRISING, courses.DOUBTED}:
            first, second = report.drafts
            assert first != second
            assert report.about


async def test_a_month_is_about_the_first_periods_nobody_reported_on() -> None:
    used = {("DXT", "2025-10"), ("DXT", "2025-11"), ("EST", "2026")}
    offered = {
        code: {"scheme": template(code)["scheme"], "open_periods": [newest(code)]}
        for code in periods.FIRST
    }

    async def is_used(code: str, period: Period) -> bool:
        return (code, period.code) in used

    found = await periods.unused(offered, is_used)
    assert {code: period.code for code, period in found.items()} == {
        **{code: first for code, first in periods.FIRST.items() if code != "EST"},
        "DXT": "2025-12",
    }


def newest(code: str) -> dict[str, str]:
    """What is open in December 2025."""
    later = {"DXT": "2025-12"}
    return {"code": later.get(code, periods.FIRST[code]), "scheme": template(code)["scheme"]}


def approved(code: str) -> list[Report]:
    """Reports of which all count."""
    reports = [replace(report) for report in month(24) if report.template == code]
    for report in reports:
        report.sent, report.counted = {1: report.drafts[-1]}, 1
    return reports


def answered(code: str, reports: list[Report]) -> dict[str, Any]:
    """What a service would answer that adds up as the demo does."""
    counted = {report.ward.code: report.drafts[-1] for report in reports}
    sums = tally(template(code), counted, KINDS)
    return {"figures": [figure(*place, own) for place, own in sums.items()]}


def figure(code: str, category: str, own: Sum) -> dict[str, Any]:
    column, _, value = category.partition("=")
    owing = Counter(KINDS.values())
    by_type = {
        kind: {"counted": own.kinds.get(kind, 0), "expected": due} for kind, due in owing.items()
    }
    coverage = {"counted": own.counted, "null": own.null, "expected": 168, "by_type": by_type}
    amounts = {"value": own.value, "numerator": own.numerator, "denominator": own.denominator}
    written = {name: None if one is None else str(one) for name, one in amounts.items()}
    breakdown = {column: value} if column else {}
    return {"code": code, "breakdown": breakdown, "coverage": coverage, **written}


@pytest.mark.parametrize("code", periods.FIRST)
def test_figures_that_equal_the_own_sum_pass(code: str) -> None:
    reports = approved(code)
    sheet = figures.check(template(code), answered(code, reports), reports, KINDS)
    assert sheet.figures
    assert sheet.wrong == []


@pytest.mark.parametrize(
    ("name", "value"), [("value", "0.001"), ("numerator", "1"), ("value", None)]
)
def test_a_figure_that_differs_in_anything_does_not_pass(name: str, value: str | None) -> None:
    reports = approved("PIP")
    answer = answered("PIP", reports)
    ratio = next(one for one in answer["figures"] if one["code"] == "pip10")
    ratio[name] = value
    [wrong] = figures.check(template("PIP"), answer, reports, KINDS).wrong
    assert wrong.place == ("pip10", "")
    assert wrong.wrong.startswith(f"{name} is {value}, own sum ")


def test_a_coverage_that_differs_does_not_pass() -> None:
    reports = approved("IP")
    answer = answered("IP", reports[1:])  # the city lost a ward
    sheet = figures.check(template("IP"), answer, reports, KINDS)
    assert len(sheet.wrong) == len(sheet.figures)
    assert "counted is 23, own sum 24" in sheet.wrong[0].wrong


def test_a_figure_that_is_missing_or_that_nobody_asked_for_does_not_pass() -> None:
    reports = approved("FIN")
    answer = answered("FIN", reports)
    answer["figures"][0]["code"] = "fin99"
    wrong = figures.check(template("FIN"), answer, reports, KINDS).wrong
    assert {one.place[0]: one.wrong for one in wrong} == dict.fromkeys(
        ("fin01", "fin99"), "not in both"
    )


def test_what_was_revoked_is_in_no_sum() -> None:
    reports = approved("FIN")
    answer = answered("FIN", reports[1:])
    reports[0].counted = None
    assert figures.check(template("FIN"), answer, reports, KINDS).wrong == []


class Unsteady(BaseHTTPRequestHandler):
    """A service that breaks off, is away, and then answers."""

    asked = 0

    def do_PUT(self) -> None:
        type(self).asked += 1
        if self.asked == 1:
            self.close_connection = True
            return
        self.send_response(503 if self.asked == 2 else 202)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def unsteady() -> Iterator[Layout]:
    Unsteady.asked = 0
    server = HTTPServer(("127.0.0.1", 0), Unsteady)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Layout(Path(), server.server_port - 8001)
    server.shutdown()
    thread.join()
    server.server_close()


async def test_a_request_is_sent_again_until_it_is_answered(unsteady: Layout) -> None:
    async with Api(unsteady, clients=1) as api:
        answer = await api.ask(Person("demo", "token"), "PUT", "submission/v1/reports", {})
    assert (answer.status, answer.body, Unsteady.asked) == (202, {}, 3)
    assert sum(api.sent_again.values()) == 2


async def test_a_refusal_ends_the_demo_in_a_line(unsteady: Layout) -> None:
    Unsteady.asked = 2
    async with Api(unsteady, clients=1) as api:
        with pytest.raises(DemoError, match="PUT submission/v1 was answered 202"):
            await api.ask(Person("demo", "token"), "PUT", "submission/v1", {}, accept=(200,))


async def test_waiting_ends_when_nothing_moves_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PATIENCE_SECONDS", 0.05)
    shown: list[int] = []
    left = iter([3, 2, 1, *[1] * 1_000])

    async def missing() -> int:
        return next(left)

    with pytest.raises(DemoError, match="missing: 1 notices"):
        await waiting.until_none(missing, "notices", pause=0.001, shown=shown.append)
    assert shown == [3, 2, 1]
