"""The reports of the benchmark and the events about them: synthetic, the same for one seed."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice, product
from random import Random
from typing import Any, Final
from uuid import UUID

from pydantic_core import to_json
from uuid6 import uuid7

from contracts import envelope
from contracts.content import Content
from contracts.decisions import APPROVED, ReportApproved
from contracts.event import Event
from contracts.period import Period
from contracts.reports import BULK, ReportSubmitted, report_id
from tests.benchmarks import city

NOON: Final = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
"""Recent: nobody is told of what was decided months ago."""
CORRECTED, REPEATED = 0.05, 0.02
"""So many reports are corrected later, and so many records come twice."""


@dataclass(frozen=True, slots=True)
class Address:
    """A ward's report on one template for one month."""

    ward: str
    template: str
    period: Period


@dataclass(frozen=True, slots=True)
class Wire:
    """An event as it stands in Kafka."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


@dataclass
class Stream:
    """Records to be written, how many different events they are, and what they add up to."""

    records: list[Wire] = field(default_factory=list)
    events: int = 0
    totals: dict[tuple[str, str], dict[str, Decimal]] = field(default_factory=dict)
    """By template and period, the sum of each field over what counts."""
    first: UUID = field(default_factory=lambda: UUID(int=uuid7().int))
    """Every event of the stream has a later id; every event before it an earlier one."""


def addresses(most: int, first_year: int = city.FIRST_YEAR) -> Iterator[Address]:
    """Reports in the order in which a city sends them: period after period."""
    codes = [ward.code for ward in city.wards()]
    places = product(city.months(first_year), city.TEMPLATES, codes)
    return islice((Address(ward, template, month) for month, template, ward in places), most)


def values(chance: Random) -> dict[str, Any]:
    """Ten fields that keep every rule of the template."""
    parts = [chance.randrange(100, 100_000) for _ in range(3)]
    spent = sum(parts)
    recurrent = chance.randrange(spent)
    total = max(spent - parts[2], 5 * (parts[0] + parts[1])) + chance.randrange(10, 1_000_000)
    paid = chance.randrange(100, 100_000)
    amounts = [total, spent, recurrent, spent - recurrent, *parts, paid + 100_000, paid]
    fields = dict(zip(city.FIELDS, map(money, amounts), strict=False))
    return fields | {"fin11": chance.randrange(1, 40)}


def money(thousandths: int) -> str:
    """An amount of triệu đồng as contents have it."""
    return f"{thousandths // 1000}.{thousandths % 1000:03d}"


def approvals(
    count: int, seed: int, *, shuffled: bool = False, first_year: int = city.FIRST_YEAR
) -> Stream:
    """Approved reports, some corrected later and some told twice: as many records as asked for.

    In the order of periods, or in no order at all.
    """
    chance, stream = Random(seed), Stream()
    reports = int(count / (1 + CORRECTED) / (1 + REPEATED))
    first = [(place, 1) for place in addresses(reports, first_year)]
    again = [(place, 2) for place, _ in chance.sample(first, int(reports * CORRECTED))]
    said = [*first, *again]
    if shuffled:
        chance.shuffle(said)
    counted: dict[Address, tuple[int, dict[str, Any]]] = {}
    for place, number in said:
        body = values(chance)
        stream.records.append(sealed(approved(place, body, number)))
        if number > counted.get(place, (0, {}))[0]:
            counted[place] = (number, body)
    stream.events = len(stream.records)
    stream.records += chance.sample(stream.records, max(0, count - len(stream.records)))
    stream.totals = totals(counted)
    return stream


def submissions(count: int, seed: int, first_year: int = city.FIRST_YEAR) -> Stream:
    """Reports as submission tells them, each the first of its month."""
    chance, stream = Random(seed), Stream(events=count)
    for place in addresses(count, first_year):
        stream.records.append(sealed(submitted(place, values(chance))))
    return stream


def lines(places: Sequence[Address], chance: Random) -> bytes:
    """Reports as the lines of a bulk request."""
    written = [
        {
            "ward": place.ward,
            "template": place.template,
            "period": place.period.code,
            "content": {"values": values(chance)},
        }
        for place in places
    ]
    return b"".join(to_json(line) + b"\n" for line in written)


def told(bodies: Sequence[bytes]) -> dict[tuple[str, str], dict[str, Decimal]]:
    """What the reports in bulk requests add up to, each the first of its place."""
    counted = {}
    for line in (json.loads(line) for body in bodies for line in body.splitlines()):
        period = Period.parse(line["period"], "LICH")
        place = Address(line["ward"], line["template"], period)
        counted[place] = (1, line["content"]["values"])
    return totals(counted)


def totals(
    counted: dict[Address, tuple[int, dict[str, Any]]],
) -> dict[tuple[str, str], dict[str, Decimal]]:
    """What counts, added up by template and period."""
    found: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(
        lambda: dict.fromkeys(city.FIELDS, Decimal(0))
    )
    for place, (_, body) in counted.items():
        sums = found[place.template, place.period.code]
        for name, value in body.items():
            sums[name] += Decimal(value)
    return dict(found)


def submitted(place: Address, body: dict[str, Any]) -> ReportSubmitted:
    """A ward sent its first version."""
    return ReportSubmitted(**_about(place, body, 1), submission_no=1)


def approved(place: Address, body: dict[str, Any], number: int) -> ReportApproved:
    """A version that was approved at once, as the decision of the same number."""
    return ReportApproved(
        **_about(place, body, number),
        decision_no=number,
        decided_at=NOON + timedelta(seconds=number),
        state=APPROVED,
        counted_version=number,
        first_passed_submitted_at=NOON,
    )


def sealed(event: Event) -> Wire:
    """An event in the envelope that its service gives it."""
    known = UUID(int=uuid7().int)
    about = envelope.Envelope(
        known, event.source, event.type, datetime.now(UTC), correlation_id=str(known)
    )
    headers = envelope.headers(event, about, "http://127.0.0.1:8001/schemas")
    return Wire(event.topic, event.key.encode(), to_json(event), headers)


def _about(place: Address, body: dict[str, Any], version: int) -> dict[str, Any]:
    content = Content(values=body)
    return {
        "report_id": report_id(place.ward, place.template, place.period.code),
        "ward_code": place.ward,
        "template_code": place.template,
        "template_version": 1,
        "period": place.period,
        "version": version,
        "content": content,
        "content_digest": content.digest,
        "submitted_at": NOON,
        "first_submitted_at": NOON,
        "submitted_by": "synthetic",
        "channel": BULK,
    }
