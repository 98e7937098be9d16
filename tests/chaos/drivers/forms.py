"""What wards send: sound reports of every size, and now and then a mistake."""

from random import Random
from typing import Any, Final

from tests.unit import sound_bodies

Body = dict[str, Any]

PERIODS: Final = {
    "DXT": ("2026-05", "2026-06", "2026-07"),
    "PIP": ("2026-04", "2026-05"),
    "FIN": ("2026-Q1", "2026-Q2"),
    "HIT": ("2025-H2",),
    "INN": ("2026-Q1",),
}
UNDOUBTED: Final = {"FIN": "fin11", "HIT": "hit04", "INN": "inn10", "DXT": "dxt14"}
"""A number of each form that no rule looks at."""
MISTAKES: Final = {"DXT": ("dxt02", 900), "INN": ("inn06", 5_000), "HIT": ("hit01", 1)}
"""A number that is wrong when it is so much more."""


def sound(template: str, size: int, rng: Random) -> Body:
    """A report that the rules like; ``size`` is the ward's own and never changes.

    The words make it differ from every other.
    """
    body = sound_bodies.body(template)
    if template != "HIT":  # whose numbers belong to its list of firms
        body["values"] = {name: scaled(value, size) for name, value in values(body).items()}
    for row in body.get("lists", {}).get("projects", ()):
        row.update({name: scaled(f"{row[name]}.000", size) for name in row if name in MONEY})
    if template in UNDOUBTED:
        body["values"][UNDOUBTED[template]] += rng.randrange(4)
    body["narrative"] = {"results": f"Đợt số liệu {rng.getrandbits(48):012x}."}
    return body


def mistaken(template: str, size: int, rng: Random) -> Body:
    """A report that the rules return, where the form has such a mistake."""
    body = sound(template, size, rng)
    if template in MISTAKES:
        name, more = MISTAKES[template]
        body["values"][name] += more * size
    return body


MONEY: Final = frozenset({"pip05", "pip06", "pip07", "pip08", "pip09"})


def values(body: Body) -> Body:
    """The fields of a body, of which a form of lists alone has none."""
    found: Body = body.get("values", {})
    return found


def scaled(value: object, size: int) -> object:
    """A count or an amount of money, so many times."""
    if isinstance(value, str):
        return f"{int(value.replace('.', '')) * size / 1000:.3f}"
    return value * size if type(value) is int else value
