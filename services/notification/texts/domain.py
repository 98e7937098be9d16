"""The sentences of a notification, made when it is read: only its kind and numbers are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from string import Formatter
from typing import Any, Final
from zoneinfo import ZoneInfo

from contracts.period import Period, PeriodError
from contracts.template import Text
from services.notification.texts.phrases import PHRASES, REASONS, Phrase

CITY: Final = ZoneInfo("Asia/Ho_Chi_Minh")
INSTANTS: Final = {"vi": "%H:%M ngày %d/%m/%Y", "en": "%H:%M on %d/%m/%Y"}
UNKNOWN: Final = Phrase("{template} – {period}")


@dataclass(frozen=True, slots=True)
class Matter:
    """What happened to what; names are those known at the time of reading, or the codes."""

    kind: str
    template: Text
    period_code: str
    period_scheme: str
    ward: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    """``version``, ``at`` (an ISO instant), ``code``, ``note``, and counts."""


@dataclass(frozen=True, slots=True)
class Words:
    """A heading and a few sentences under it."""

    title: str
    text: str


def words(matter: Matter, language: str) -> Words:
    """Tell a matter in ``vi`` or ``en``; a sentence that would tell nothing is left out."""
    phrase = PHRASES[language].get(matter.kind, UNKNOWN)
    values = _values(matter, language)
    told = (s.format_map(values) for s in phrase.sentences if _has_all(s, values))
    return Words(phrase.title.format_map(values), " ".join(told))


def reason(code: str, language: str) -> str:
    """A reason code in words; one that is not known yet stands as it is."""
    known = REASONS.get(code)
    return code if known is None else str(getattr(known, language))


def period(code: str, scheme: str, language: str) -> str:
    """A period's name; a code of a scheme that is not known yet stands as it is."""
    try:
        return Period.parse(code, scheme).label(language)
    except PeriodError:
        return code


def number(value: int, language: str) -> str:
    """A count as people write it: ``1.234`` in Vietnamese, ``1,234`` in English."""
    grouped = f"{value:,}"
    return grouped.replace(",", ".") if language == "vi" else grouped


def instant(text: str, language: str) -> str:
    """An ISO instant as the city's time of day: ``14:05 ngày 15/10/2025``."""
    local = datetime.fromisoformat(text).astimezone(CITY)
    return local.strftime(INSTANTS[language])


def _values(matter: Matter, language: str) -> dict[str, str]:
    values = {
        "ward": matter.ward,
        "template": str(getattr(matter.template, language)),
        "period": period(matter.period_code, matter.period_scheme, language),
    }
    for name, value in matter.params.items():
        if isinstance(value, int):
            values[name] = number(value, language) if value else ""
    if at := matter.params.get("at"):
        values["at"] = instant(at, language)
    if code := matter.params.get("code"):
        values["reason"] = reason(code, language)
    return values


def _has_all(sentence: str, values: Mapping[str, str]) -> bool:
    return all(values.get(name) for _, name, _, _ in Formatter().parse(sentence) if name)
