"""I4: the figures are what the clients' own contents come to, and what the facts come to."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from tests.chaos.checker.adding import At, Sides, added
from tests.chaos.checker.clients import Sent
from tests.chaos.checker.evidence import FIGURES, Evidence, Row
from tests.chaos.checker.order import stays
from tests.chaos.checker.verdict import Findings, Verdict

Key = tuple[str, str]
"""Template and period."""
PERCENT: Final = Decimal("0.01")


def figures_are_exact(evidence: Evidence) -> Verdict:
    """I4."""
    found = Findings("I4", "figures = recomputed from what clients sent = recomputed from facts")
    due = _due(evidence, found)
    for key, rows in _by_key(evidence.rows("aggregation", "fact")).items():
        from_facts = added(_content(evidence, row) for row in rows if row["counted"] is not None)
        _compare(found, f"{'/'.join(key)} by its facts", from_facts, due.get(key, ({}, 0))[0])
    held = _held(evidence)
    last = _last_told(evidence)
    for key in sorted(held.keys() | due.keys() | last.keys()):
        found.counted += 1
        expected, reports = due.get(key, ({}, 0))
        _compare(found, f"{'/'.join(key)} as kept", held.get(key, {}), expected)
        _told(found, "/".join(key), last.get(key), expected, reports)
    _stays(evidence, found)
    return found.verdict()


def _due(evidence: Evidence, found: Findings) -> dict[Key, tuple[Mapping[At, Sides], int]]:
    """What each set should come to by the last decisions, and over how many reports."""
    sent, counting = Sent(evidence), defaultdict(list)
    for row in evidence.rows("validation", "report"):
        if row["counted_version"] is not None:
            report, version = evidence.address[str(row["report_id"])], row["counted_version"]
            content = sent.content(report, version)
            template = evidence.template(
                row["template_code"], sent.template_version(report, version)
            )
            if content is None or template is None:
                found.lost(f"{report} counts as version {version}, which no client sent")
            else:
                key = (row["template_code"], row["period_code"])
                counting[key].append((template, content))
    return {key: (added(reports), len(reports)) for key, reports in counting.items()}


def _content(evidence: Evidence, row: Row) -> tuple[Any, Any]:
    template = evidence.template(row["template_code"], row["counted_template_version"])
    return template or {}, row["counted"]


def _by_key(rows: Any) -> dict[Key, list[Row]]:  # noqa: ANN401 - any rows with these two columns
    grouped: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["template_code"], row["period_code"]].append(row)
    return grouped


def _held(evidence: Evidence) -> dict[Key, dict[At, Sides]]:
    """The totals of each set as they are kept, without those that are zero."""
    kept = _by_key(
        row
        for row in evidence.rows("aggregation", "accumulator")
        if row["basis"] == "reports" and (row["numerator"] or row["denominator"])
    )
    return {
        key: {(r["code"], r["breakdown"]): (r["numerator"], r["denominator"]) for r in rows}
        for key, rows in kept.items()
    }


def _last_told(evidence: Evidence) -> dict[Key, Mapping[str, Any]]:
    """The newest figures that the city was told, by set."""
    last: dict[Key, Mapping[str, Any]] = {}
    for told in evidence.told:
        if told.type == FIGURES and told.data["basis"] == "reports":
            key = (told.data["template_code"], told.data["period"]["code"])
            if (
                evidence.genuine(told)
                and told.sequence > last.get(key, {"revision": 0})["revision"]
            ):
                last[key] = told.data
    return last


def _compare(
    found: Findings, what: str, is_now: Mapping[At, Sides], should: Mapping[At, Sides]
) -> None:
    for at in sorted(is_now.keys() | should.keys()):
        if is_now.get(at) != should.get(at):
            name = " ".join(filter(None, at))
            found.mismatched(
                f"{what}: {name} is {_sides(is_now, at)}, should be {_sides(should, at)}"
            )


def _sides(sums: Mapping[At, Sides], at: At) -> str:
    over, under = sums.get(at, (Decimal(0), Decimal(0)))
    return f"{over.normalize():f}" + (f"/{under.normalize():f}" if under else "")


def _told(
    found: Findings,
    what: str,
    data: Mapping[str, Any] | None,
    expected: Mapping[At, Sides],
    reports: int,
) -> None:
    """Compare what the city was told last with what it should be."""
    if data is None:
        if reports:
            found.lost(f"{what}: {reports} reports count and no figures were told")
        return
    if data["coverage"]["counted"] != reports:
        counted = data["coverage"]["counted"]
        found.mismatched(f"{what} as told: {counted} reports count, should be {reports}")
    for figure in data["figures"]:
        breakdown = ",".join(f"{n}={v}" for n, v in (figure.get("breakdown") or {}).items())
        sides = expected.get((figure["code"], breakdown), (Decimal(0), Decimal(0)))
        value, should = figure["value"], _value(figure, sides)
        if (Decimal(value) if value is not None else Decimal(0)) != should:
            name = f"{figure['code']} {breakdown}".strip()
            found.mismatched(f"{what} as told: {name} is {value}, should be {should}")


def _value(figure: Mapping[str, Any], sides: Sides) -> Decimal:
    over, under = sides
    if figure["method"] != "ratio":
        return over
    if not under:
        return Decimal(0)
    return (100 * over / under).quantize(PERCENT, ROUND_HALF_UP)


def _stays(evidence: Evidence, found: Findings) -> None:
    """Each counted report stands in the totals exactly once, with the version that counts."""
    open_: dict[str, list[Any]] = defaultdict(list)
    until: dict[str, int] = {}
    for stay in sorted(stays(evidence), key=lambda stay: stay["entered_revision"]):
        report = str(stay["report_id"])
        if stay["entered_revision"] < until.get(report, 0):
            found.doubled(f"report {report} was in the totals twice at one revision")
        until[report] = stay["left_revision"] or stay["entered_revision"] + 1
        if stay["left_revision"] is None:
            open_[report].append(stay["version"])
    for row in evidence.rows("validation", "report"):
        report = str(row["report_id"])
        due = [] if row["counted_version"] is None else [row["counted_version"]]
        if open_.pop(report, []) != due:
            found.mismatched(f"{evidence.address[report]} does not stand in the totals as {due}")
    for report in open_:
        found.doubled(f"report {report} counts and validation does not know it")
