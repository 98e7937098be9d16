"""Which periods a demo month is about: of each template the first that nobody reported on yet."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from contracts.period import Period

FIRST = {
    "FIN": "2025-Q3",
    "IP": "2025-H2",
    "HIT": "2025-H2",
    "PIP": "2025-10",
    "EST": "2026",
    "INN": "2025-Q4",
    "DXT": "2025-10",
}
"""The first demo month."""


async def unused(
    templates: Mapping[str, Any], is_used: Callable[[str, Period], Awaitable[bool]]
) -> dict[str, Period]:
    """A period for each template; without one where every open period has reports.

    ``templates`` are those of ``GET /v1/templates`` by code.
    """
    found = {}
    for code, first in FIRST.items():
        for period in _open_since(first, templates[code]):
            if not await is_used(code, period):
                found[code] = period
                break
    return found


def _open_since(first: str, template: Mapping[str, Any]) -> list[Period]:
    """The open periods of the same frequency from that one on, in order."""
    start = Period.parse(first, template["scheme"])
    newest = (Period.parse(one["code"], one["scheme"]) for one in template["open_periods"])
    period = max((one for one in newest if one.frequency == start.frequency), key=_begin)
    periods = []
    while period.starts_on >= start.starts_on:
        periods.append(period)
        period = period.previous
    return periods[::-1]


def _begin(period: Period) -> str:
    return period.starts_on.isoformat()
