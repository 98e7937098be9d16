"""What wards get wrong in the demo: an error, a value that needs words, a slip no rule sees."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from deploy.demo.reports import MARK, Body
from deploy.demo.scene import money, thousandths

EXPLANATION = f"Đơn vị giải quyết hồ sơ tồn đọng của năm trước. {MARK}"
"""Long enough for every warning."""

_Change = Callable[[dict[str, Any], dict[str, Any]], None]

_ERRORS: Mapping[str, tuple[str, _Change]] = {
    "FIN": ("FIN-E4", lambda values, _: values.update(fin09=_more(values["fin08"]))),
    "IP": ("IP-E1", lambda values, _: values.update(ip05=values["ip04"] + 3)),
    "HIT": ("HIT-E5", lambda values, _: values.update(hit01=values["hit01"] + 1)),
    "PIP": ("PIP-E2", lambda _, lists: lists["projects"][0].update(pip05="0.001")),
    "EST": ("EST-E1", lambda values, _: values.update(est10=_more(values["est10"]))),
    "INN": ("INN-E3", lambda values, _: values.update(inn06=values["inn05"] + 12)),
    "DXT": ("DXT-E1", lambda values, _: values.update(dxt02=values["dxt01"] + 40)),
}
_WARNINGS: Mapping[str, tuple[str, _Change]] = {
    "IP": ("IP-W1", lambda values, _: values.update(ip08=values["ip13"] + 2)),
    "DXT": (
        "DXT-W3",
        lambda values, _: values.update(dxt03=values["dxt01"] + values["dxt16"] + 25),
    ),
}
_SLIPS = {
    "FIN": "fin11",
    "IP": "ip07",
    "HIT": "hit04",
    "EST": "est15",
    "INN": "inn10",
    "DXT": "dxt14",
}
_SLIP = 2


def broken(template: str, report: Body) -> tuple[str, Body] | None:
    """The report with one error, and the rule it breaks; null for a list without rows."""
    if template == "PIP" and not report["lists"]["projects"]:
        return None
    return _changed(_ERRORS[template], report)


def surprising(template: str, report: Body) -> tuple[str, Body] | None:
    """The report with a value that must be explained, and the rule; null where none is kept."""
    return _changed(_WARNINGS[template], report) if template in _WARNINGS else None


def slipped(template: str, report: Body) -> tuple[str, Body] | None:
    """The report with a number that only a person can doubt, and where it stands."""
    name = _SLIPS.get(template)
    if name is None:
        return None
    values = report["values"]
    return f"/values/{name}", report | {"values": values | {name: values[name] + _SLIP}}


def explained(rule: str, report: Body) -> Body:
    """The same report with an explanation for a rule."""
    return report | {"explanations": {**report["explanations"], rule: EXPLANATION}}


def _changed(mistake: tuple[str, _Change], report: Body) -> tuple[str, Body]:
    rule, change = mistake
    wrong = deepcopy(report)
    change(wrong["values"], wrong["lists"])
    return rule, wrong


def _more(written: str) -> str:
    return money(thousandths(written) + 1_500)
