"""Signals: a thin, resumable stream for programs, over a real HTTP server."""

from datetime import timedelta

from chassis import clock
from contracts.figures import CityFiguresChanged, Coverage
from contracts.period import HC_15_14, Period
from tests.builders import NOON, Report, content
from tests.service.live import Live

MINE = "26734"
BODY = content({"inn01": 1})


async def test_programs_hear_of_every_change(live: Live) -> None:
    report = Report(MINE, "INN", "2025-Q4")
    figures = CityFiguresChanged(
        template_code="INN",
        template_version=1,
        period=Period.parse("2025-Q4", HC_15_14),
        basis="reports",
        revision=3,
        as_of=NOON,
        coverage=Coverage(counted=1, expected=168),
        figures=(),
    )
    await live.line.receives(report.sent(BODY), report.passed())
    await live.line.receives(figures)

    signals = await live.signals(after=0).take(4)

    assert [(signal.event, signal.data.get("change")) for signal in signals] == [
        ("queue", None),
        ("report", "submitted"),
        ("report", "passed-rules"),
        ("figures", None),
    ]
    assert signals[0].data == {
        "template": "INN",
        "period": "2025-Q4",
        "reports": 1,
        "withdrawals": 0,
    }
    assert signals[3].data["revision"] == 3


async def test_only_programs_hear_signals_and_only_for_two_days(live: Live) -> None:
    for role in ("ward_officer", "ward_leader", "reviewer", "department_leader", "operator"):
        headers = live.line.token(role, MINE)
        answer = await live.line.client.get("/v1/signals/stream", headers=headers)
        assert answer.status_code == 403
    await live.line.receives(Report(MINE, "INN", "2025-Q4").sent(BODY))
    with clock.set_to(NOON + timedelta(days=3)):
        await live.line.does("signals-purge")

    [reset] = await live.signals(after=0).take(1)

    assert reset.event == "reset"
