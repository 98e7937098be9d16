"""Sound made-up reports: seeded, of the city's magnitudes, true to each other over time."""

from collections.abc import Callable
from datetime import date
from typing import Any

from contracts.period import Period
from deploy.demo import counted_forms, money_forms
from deploy.demo.scene import Form, Scene, Ward

Body = dict[str, Any]
"""A report as ``PUT /v1/reports/{ward}/{template}/{period}`` takes it."""

BEGINNING = date(2025, 7, 1)
"""No report is asked for a period that ended before the units existed."""

MARK = "DỮ LIỆU MÔ PHỎNG (SYNTHETIC DATA)"
"""Stands in every made-up report, where people read."""

_WRITERS: dict[str, Callable[[Scene], Form]] = {
    "FIN": money_forms.finances,
    "IP": counted_forms.intellectual_property,
    "HIT": counted_forms.high_technology,
    "PIP": money_forms.investments,
    "EST": money_forms.estimates,
    "INN": counted_forms.innovation,
    "DXT": counted_forms.digital_transformation,
}
_SOMETIMES_MISSING = {"DXT": "dxt08", "INN": "inn12", "IP": "ip09", "HIT": "hit07"}
_MISSING_IN = 0.03


def sound_report(ward: Ward, template: str, period: Period, seed: int = 1) -> Body:
    """The report of a ward that breaks no rule, also when compared with the period before.

    Stocks, backlogs and cumulative amounts continue those of ``sound_report`` for the
    preceding periods of the same frequency. A few wards leave one value out, with a reason.
    """
    form: Form | None = None
    scene: Scene | None = None
    for turn, each in enumerate(_since_the_beginning(period)):
        scene = Scene(ward, template, each, seed, form, turn)
        form = _WRITERS[template](scene)
    if scene is None or form is None:
        raise ValueError(f"{period.code} ended before {BEGINNING}")
    gaps = _left_out(scene, form)
    narrative = {"results": f"{MARK}: {ward.name}, {period.label('vi')}."}
    return {**form, "gaps": gaps, "explanations": {}, "narrative": narrative}


def _since_the_beginning(period: Period) -> list[Period]:
    """The periods of its frequency from the first one that anybody reports on, in order."""
    periods = []
    while period.ends_on >= BEGINNING:
        periods.append(period)
        period = period.previous
    return periods[::-1]


def _left_out(scene: Scene, form: Form) -> dict[str, dict[str, str]]:
    """Takes one value out in a few wards; no later report builds on such a value."""
    name = _SOMETIMES_MISSING.get(scene.template)
    if name is None or scene.chance.random() >= _MISSING_IN:
        return {}
    form["values"][name] = None
    return {f"/values/{name}": {"reason": "no-data", "note": MARK}}
