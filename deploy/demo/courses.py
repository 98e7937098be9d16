"""How each ward's report goes: most are sound, some are returned, doubted or taken back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from contracts.period import Period
from deploy.demo import mistakes
from deploy.demo.reports import Body, sound_report
from deploy.demo.scene import Ward

SOUND = "sound"
BROKEN = "broken"
"""A rule returns it; sent again without the error."""
SURPRISING = "surprising"
"""Returned for want of an explanation; sent again with one, which a reviewer reads."""
DOUBTED = "doubted"
"""A reviewer returns it with a comment on a field; sent again corrected."""
REPLACED = "replaced"
"""Approved, revoked, sent again, approved."""
REVOKED = "revoked"
"""Approved, and revoked for good."""
WITHDRAWN = "withdrawn"
"""Approved, and taken back at the ward's wish."""

RETURNED_BY_RULES = {BROKEN: "rule-errors", SURPRISING: "explanation-missing"}
"""Whose first draft reaches no reviewer, and why."""

FEWEST_WARDS = 8
_BLOCK_OF_WARDS = 24
"""Of so many wards, one has each of the mishaps that are usual."""
_USUAL = (BROKEN, DOUBTED, SURPRISING)
_RARE = {"FIN": REVOKED, "DXT": WITHDRAWN}
"""What happens to one report of the whole month."""
_SPOILED: Mapping[str, Callable[[str, Body], tuple[str, Body] | None]] = {
    BROKEN: mistakes.broken,
    SURPRISING: mistakes.surprising,
    DOUBTED: mistakes.slipped,
}


@dataclass(eq=False)
class Report:
    """One report on its way, as the demo knows it."""

    ward: Ward
    template: str
    period: Period
    course: str
    drafts: tuple[Body, ...]
    """What the ward sends, one after another."""
    about: str = ""
    """The rule that the first draft breaks, or the pointer that a reviewer doubts."""
    report_id: str = ""
    version: int = 0
    sent: dict[int, Body] = field(default_factory=dict)
    counted: int | None = None
    """The version that counts, as the reviewers were answered."""

    @property
    def place(self) -> str:
        """Where it is sent to: service and path."""
        return f"submission/v1/reports/{self.ward.code}/{self.template}/{self.period.code}"

    @property
    def counted_body(self) -> Body | None:
        """What counts of it."""
        return None if self.counted is None else self.sent[self.counted]


def cast(wards: Sequence[Ward], periods: Mapping[str, Period], seed: int) -> list[Report]:
    """Every report of the month, each with its course; the same arguments give the same."""
    return [
        _report(ward, template, period, _course(template, (number + 3 * turn) % len(wards)), seed)
        for turn, (template, period) in enumerate(periods.items())
        for number, ward in enumerate(wards)
    ]


def _course(template: str, place: int) -> str:
    """What happens to the report of the ward at this place, another one in each template."""
    rare = (REPLACED, _RARE.get(template, SOUND))
    courses = (*_USUAL, *rare) if place < _BLOCK_OF_WARDS else _USUAL
    return dict(enumerate(courses)).get(place % _BLOCK_OF_WARDS, SOUND)


def _report(ward: Ward, template: str, period: Period, course: str, seed: int) -> Report:
    sound = sound_report(ward, template, period, seed)
    if course not in _SPOILED:
        return Report(ward, template, period, course, (sound,) * (2 if course == REPLACED else 1))
    spoiled = _SPOILED[course](template, sound)
    if spoiled is None:
        return Report(ward, template, period, SOUND, (sound,))
    about, first = spoiled
    second = mistakes.explained(about, first) if course == SURPRISING else sound
    return Report(ward, template, period, course, (first, second), about)
