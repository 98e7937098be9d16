"""The checker reads the broker's files, and adds reports up, by itself."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from tests.bus import RawName
from tests.chaos.checker.adding import added
from tests.chaos.checker.contents import normal
from tests.chaos.checker.decoding import told
from tests.chaos.checker.journal import requests
from tests.chaos.checker.segments import Raw, batches

TEMPLATES = Path(__file__).parents[2] / "services/submission/catalogue/templates"
PLAIN, LZ4 = 0, 3
REPORT = "5b9d2f7e-0000-5000-8000-000000000001"
EVENT = "0197c1a2-0000-7000-8000-000000000001"
APPROVED = [
    ("content-type", b"application/json"),
    ("ce_id", EVENT.encode()),
    ("ce_source", b"/validation"),
    ("ce_type", b"wardline.report.approved.v1"),
]


def template(code: str) -> Any:  # noqa: ANN401 - JSON
    return yaml.safe_load((TEMPLATES / f"{code.lower()}.yaml").read_text(encoding="utf-8"))


def segment(compression: int, *headers: tuple[str, bytes | None]) -> bytes:
    builder = _DefaultRecordBatchBuilderPy(2, compression, 0, -1, -1, 0, 1_000_000)
    for offset in range(3):
        builder.append(offset, 5_000 + offset, b"key", b"x" * 300, list(headers))
    return bytes(builder.build())


@pytest.mark.parametrize("compression", [PLAIN, LZ4])
def test_records_are_read_as_they_lie_on_the_disk(compression: int) -> None:
    name = RawName("\udcff")
    whole = segment(compression, (name, b"\xff"), ("ce_id", None))
    read = list(batches("submission.reports", 2, whole + whole[:70]))
    assert [raw.place for raw in read] == [("submission.reports", 2, offset) for offset in range(3)]
    assert read[1].timestamp == 5.001
    assert (read[2].key, read[2].value) == (b"key", b"x" * 300)
    assert read[0].headers == ((b"\xff", b"\xff"), (b"ce_id", None))


def record(value: bytes, headers: list[tuple[str, bytes]]) -> Raw:
    place = ("validation.reports", 0, 7)
    return Raw(place, 1.0, b"k", value, tuple((name.encode(), said) for name, said in headers))


def test_an_event_is_read_from_its_headers_and_its_data() -> None:
    data = f'{{"report_id": "{REPORT}", "decision_no": 4}}'.encode()
    event = told(record(data, [*APPROVED, ("chaos", b"resend-duplicates")]))
    assert event is not None
    assert (event.id, event.key, event.sequence) == (EVENT, REPORT, 4)
    assert event.nemesis == "resend-duplicates"


@pytest.mark.parametrize(
    ("value", "headers"),
    [
        (b"[]", APPROVED),
        (b"\xff", APPROVED),
        (b"[" * 100_000, APPROVED),
        (b'{"report_id": "x"}', APPROVED),
        (b"{}", []),
        (b"{}", [("ce_type", b"\xff")]),
        (f'{{"report_id": "{REPORT}", "decision_no": 4}}'.encode(), APPROVED[2:]),
        (b"[]", [("content-type", b"application/cloudevents+json")]),
    ],
    ids=[
        "a list",
        "no text",
        "deep",
        "no number",
        "no headers",
        "no type",
        "no id",
        "a structured list",
    ],
)
def test_what_is_no_event_is_none(value: bytes, headers: list[tuple[str, bytes]]) -> None:
    assert told(record(value, headers)) is None


def test_ratios_are_those_of_the_worked_examples() -> None:
    form = template("DXT")
    reports: list[Any] = [
        (form, {"values": {"dxt01": whole, "dxt02": online}})
        for whole, online in ((1, 1), (100, 50), (300, None))
    ]
    figures = added(reports)
    assert figures["dxt01", ""][0] == 401
    assert figures["dxt02", ""][0] == 51
    assert figures["dxt15a", ""] == (Decimal(51), Decimal(101))


def test_totals_of_lists_are_those_of_the_worked_examples() -> None:
    rows = [
        ("DA1", "NSTP", "5000", "1000", "200", "300"),
        ("DA1", "NSX", "5000", "100", "0", "50.5"),
        ("DA2", "NSTP", "800", "500", "0", "125.125"),
    ]
    names = ("pip01", "pip04", "pip05", "pip06", "pip07", "pip08")
    made = [dict(zip(names, row, strict=True)) for row in rows]
    contents = [{"lists": {"projects": part}} for part in (made[:2], made[2:], [])]
    figures = added((template("PIP"), content) for content in contents)
    assert figures["pip08", ""][0] == Decimal("475.625")
    assert figures["pip08", "pip04=NSTP"][0] == Decimal("425.125")
    assert figures["pip10", "pip04=NSTP"] == (Decimal("425.125"), Decimal(1700))
    assert figures["pip05", ""][0] == 5800
    assert figures["pip00", ""][0] == 2


def test_values_are_told_apart_as_in_the_worked_examples() -> None:
    def firm(code: str, *, hi_tech: bool) -> dict[str, Any]:
        return {"tax_code": code, "name": "", "hi_tech": hi_tech, "st": False, "digital": False}

    first = [firm("0300000001", hi_tech=True), firm("0300000002", hi_tech=False)]
    second = [firm("0300000001-001", hi_tech=True)]
    contents = ({"lists": {"firms": firms}} for firms in (first, second))
    figures = added((template("HIT"), content) for content in contents)
    assert [figures[code, ""][0] for code in ("hit16", "hit17", "hit13")] == [2, 1, 2]


def test_contents_are_equal_when_they_say_the_same() -> None:
    form = template("FIN")
    one = {"values": {"fin02": "1.5", "fin08": 3}, "narrative": {"results": "Đạt"}, "gaps": {}}
    same = {"values": {"fin02": "1.500", "fin08": 3}, "narrative": {"results": "Đạt "}}
    other = {"values": {"fin02": "1.501", "fin08": 3}, "narrative": {"results": "Đạt"}}
    assert normal(one, form) == normal(same, form)
    assert normal(one, form) != normal(other, form)


def test_a_request_that_never_ended_is_of_unknown_outcome() -> None:
    sent = {"request": 1, "op": "put", "who": "w", "report": "r", "outcome": "sent"}
    lines = [sent, sent | {"outcome": "acknowledged", "version": 3}, sent | {"request": 2}]
    assert [(one.outcome, one.version) for one in requests(iter(lines))] == [
        ("acknowledged", 3),
        ("unknown", None),
    ]
