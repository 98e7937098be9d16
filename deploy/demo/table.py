"""What the demo prints at its end: figures, timings, memory."""

from collections.abc import Sequence
from decimal import Decimal
from textwrap import shorten

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from deploy.demo.figures import Checked, Json, Sheet
from deploy.demo.play import Played
from deploy.demo.reports import MARK
from deploy.local import status
from deploy.local.layout import Layout

OTHER_COLUMNS = 72
"""Their width; what is left is for the figure's name."""


def show(played: Played, layout: Layout, console: Console) -> None:
    """Print everything there is to say about a demo month."""
    for sheet in played.sheets:
        console.print(_figures(sheet, max(16, min(46, console.width - OTHER_COLUMNS))))
    console.print(_timings(played))
    console.print(_memory(layout))
    _verdict(played, console)


def _figures(sheet: Sheet, width: int) -> Table:
    template, period = sheet.answer["template"], sheet.answer["period"]
    title = (
        f"{template['code']}/{period['code']}: {template['name']['en']}, {period['label']['en']}"
    )
    table = _table(f"{title}\n{MARK}", "figure", "", "city", "", "coverage", "open", "own sum")
    for place in (1, 3, 6):
        table.columns[place].justify = "left"
    for whole in sheet.figures:
        if not whole.place[1]:
            parts = [one for one in sheet.figures if one.place[0] == whole.place[0]]
            table.add_row(whole.place[0], *_row(whole.read, parts, width))
    return table


def _row(figure: Json, parts: Sequence[Checked], width: int) -> tuple[str, ...]:
    wrong = sum(bool(one.wrong) for one in parts)
    times = f" ×{len(parts)}" if len(parts) > 1 else ""
    verdict = f"[red]{wrong} differ[/]" if wrong else f"[green]equal{times}[/]"
    if not figure:
        return "", "", "", "", "", verdict
    coverage, unit = figure["coverage"], (figure["unit"] or {}).get("en", "")
    return (
        shorten(figure["label"]["en"], width, placeholder=" …"),
        _said(figure["value"]),
        unit,
        f"{coverage['counted']}/{coverage['expected']}",
        str(coverage["null"] or ""),
        verdict,
    )


def _said(value: int | str | None) -> str:
    return "–" if value is None else f"{Decimal(value):,}"


def _timings(played: Played) -> Table:
    table = _table("Timings, as clients saw them", "", "count", "p50", "p95")
    watch = played.watch
    for name in watch.names():
        shares = (f"{1000 * watch.percentile(name, share):,.0f} ms" for share in (0.5, 0.95))
        table.add_row(name, str(watch.count(name)), *shares)
    return table


def _memory(layout: Layout) -> Table:
    table = _table("Memory now", "process", "MB")
    total = 0.0
    for server in status.expected(layout):
        pid = server.process.noted_pid()
        held = status.held_memory(pid) if pid else 0.0
        total += held
        table.add_row(server.title, f"{held:,.0f}")
    table.add_row("together", f"{total:,.0f}")
    return table


def _table(title: str, *headings: str) -> Table:
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left", no_wrap=True)
    return table


def _verdict(played: Played, console: Console) -> None:
    wrong = [(sheet, one) for sheet in played.sheets for one in sheet.wrong]
    for sheet, one in wrong:
        where = f"{sheet.answer['template']['code']}/{sheet.answer['period']['code']}"
        console.print(f"[red]{where} {one.place[0]} {one.place[1]}: {one.wrong}[/]")
    checked = sum(len(sheet.figures) for sheet in played.sheets)
    sent = sum(len(report.sent) for report in played.reports)
    console.print(
        f"{len(played.reports):,} reports in {sent:,} versions, in {played.seconds:.1f} s."
    )
    for reason, count in played.sent_again.most_common():
        console.print(f"{count} requests were sent again: {reason}")
    console.print(f"{checked - len(wrong):,} of {checked:,} figures equal the demo's own sum.")
