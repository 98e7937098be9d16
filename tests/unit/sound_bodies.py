"""One sound report of each template with round numbers, and ways to change it.

Each is also sound when compared with itself as the report of the period before.
"""

from copy import deepcopy
from functools import cache
from typing import Any

import yaml

from contracts.content import Content, row_key
from contracts.period import Period
from contracts.rules import Facts, Outcome, evaluate
from contracts.structure import read
from contracts.template import Template
from services.submission.catalogue.make_wards import WARDS

Changes = dict[str, Any]
"""New values by field, or by row and column: ``{"DA1|NSTP.pip08": "24.000"}``."""

PERIODS = {
    "FIN": "2025-Q4",
    "IP": "2025-H2",
    "HIT": "2025-H2",
    "PIP": "2025-10",
    "EST": "2026",
    "INN": "2025-Q4",
    "DXT": "2025-10",
}
_FIN = "fin01=1000 fin02=100 fin03=60 fin04=40 fin05=50 fin06=40 fin07=10 fin08=300 fin09=150"
_EST = (
    "est01=900 est02=1000 est03=600 est04=400 est05=200 est06=100 est07=400 est08=50 est09=50 "
    "est10=200 est12=20000"
)
_IP = (
    "ip01=4 ip02=2 ip03=6 ip04=40 ip05=2 ip06=2 ip07=25 ip08=3 ip09=60 ip10=5 ip11=300 ip12a=6 "
    "ip12b=4 ip13=30"
)
_HIT = "hit01=1 hit02=1 hit03=2 hit04=2 hit05=1 hit07=1 hit08=100 hit09=10 hit10=1 hit11=12 hit12=2"
_INN = (
    "inn14=4 inn01=10 inn02=8 inn15=2 inn16=50 inn03=6 inn05=2000 inn06=400 inn07=20 inn08=2 "
    "inn09=100 inn10=1 inn11a=2 inn11b=1"
)
_DXT = (
    "dxt16=100 dxt01=1800 dxt02=1000 dxt03=1800 dxt04=1790 dxt05=1500 dxt06=700 dxt07=450 "
    "dxt08=900 dxt09a=240 dxt09b=250 dxt10a=20 dxt10b=140 dxt11=60000 dxt12=36000 dxt13a=60 "
    "dxt13b=45 dxt14=0"
)


def _counts(written: str) -> dict[str, Any]:
    return {name: int(value) for name, value in (pair.split("=") for pair in written.split())}


def _amounts(written: str) -> dict[str, Any]:
    return {name: f"{value}.000" for name, value in _counts(written).items()}


def firm(tax_code: str, *kinds: str) -> dict[str, Any]:
    """A row of HIT's list; ``kinds``: hi_tech, st, digital."""
    marks = {kind: kind in kinds for kind in ("hi_tech", "st", "digital")}
    return {"tax_code": tax_code, "name": f"Doanh nghiệp {tax_code}", **marks}


def project(code: str, source: str, *money: str, field: str = "CDS") -> dict[str, Any]:
    """A row of PIP's list; ``money``: pip05 to pip09."""
    return {
        "pip01": code,
        "pip02": f"Dự án {code}",
        "pip03": field,
        "pip04": source,
        **dict(zip(("pip05", "pip06", "pip07", "pip08", "pip09"), money, strict=True)),
        "pip11": "40.00",
        "pip12a": "2025-01-15",
        "pip12b": "2026-12-31",
    }


BODIES: dict[str, dict[str, Any]] = {
    "FIN": {"values": {**_amounts(_FIN), "fin11": 3}},
    "IP": {"values": _counts(_IP)},
    "HIT": {
        "values": {**_counts(_HIT), "hit06": "5000.000"},
        "lists": {
            "firms": [
                firm("0300000001", "hi_tech", "digital"),
                firm("0300000002", "digital"),
                firm("0300000003-001", "st"),
            ]
        },
    },
    "PIP": {
        "lists": {
            "projects": [
                project("DA1", "NSTP", "5000", "1000", "200", "300", "330"),
                project("DA1", "NSX", "5000", "100", "0", "50", "55"),
            ]
        }
    },
    "EST": {"values": {**_amounts(_EST), "est15": 3}},
    "INN": {"values": {**_counts(_INN), "inn04": "300.000", "inn12": "500.000"}},
    "DXT": {"values": _counts(_DXT)},
}


@cache
def template(code: str) -> Template:
    """A shipped template."""
    path = WARDS.parent / "templates" / f"{code.lower()}.yaml"
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Template.model_validate(written, extra="forbid")


def body(code: str, changes: Changes | None = None) -> dict[str, Any]:
    """The sound report of a template, with changes."""
    made = deepcopy(BODIES[code])
    for place, value in (changes or {}).items():
        key, _, column = place.rpartition(".")
        if key:
            _row(code, made, key)[column] = value
        else:
            made.setdefault("values", {})[place] = value
    return made


def _row(code: str, made: dict[str, Any], key: str) -> dict[str, Any]:
    name, form = next(iter(template(code).lists.items()))
    rows: list[dict[str, Any]] = made["lists"][name]
    return next(row for row in rows if row_key(form.key, row) == key)


def content(code: str, written: dict[str, Any]) -> Content:
    """A body as content; it must be sound in form."""
    structure = read(template(code), written)
    assert structure.problems == ()
    return structure.content


def judged(
    code: str,
    written: dict[str, Any],
    before: dict[str, Any] | None = None,
    period: str | None = None,
    *,
    correction: bool = False,
) -> Outcome:
    """What the rules say to a body."""
    previous = None if before is None else content(code, before)
    when = Period.parse(period or PERIODS[code], template(code).scheme)
    return evaluate(template(code), Facts(content(code, written), when, previous, correction))


def found(outcome: Outcome) -> set[str]:
    """The rules that were broken."""
    return {finding.rule for finding in outcome.findings}
