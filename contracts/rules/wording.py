"""Numbers, dates and messages as people in the city read them."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from contracts.rules.names import PLACES, Bound
from contracts.rules.program import PLACEHOLDER
from contracts.template import DATE, ENUM, FLAG, INT, MONEY, PERCENT, Field, Text

Param = str | int | None
NOTHING = "–"
_SWAPPED = str.maketrans(",.", ".,")


def number(value: Decimal | int, *, places: int = 0) -> str:
    """``1.234.567,89``: with at least so many decimal places, and never a trailing zero more."""
    text = f"{value:,f}"
    whole, _, decimals = text.partition(".")
    kept = decimals.rstrip("0").ljust(places, "0")
    return (f"{whole}.{kept}" if kept else whole).translate(_SWAPPED)


def day(text: str) -> str:
    """``31/10/2025`` for an ISO date."""
    return f"{date.fromisoformat(text):%d/%m/%Y}"


def param(field: Field, value: Bound | None) -> Param:
    """A bound value as it stands in the content, for programs."""
    if field.type in PLACES and value is not None:
        return str(Decimal(value).scaleb(-PLACES[field.type]))
    return int(value) if isinstance(value, bool) else value


def said(field: Field, value: Param) -> Text:
    """A value in the words of both languages."""
    if value is None:
        return _same(NOTHING)
    say = _SAYINGS.get(field.type)
    return say(field, value) if say else _same(str(value))


def fill(pattern: str, words: Mapping[str, str]) -> str:
    """A message with its parameters in place; an unknown one stays as it is written."""
    return PLACEHOLDER.sub(lambda found: words.get(found[1], found[0]), pattern)


def _same(text: str) -> Text:
    return Text(vi=text, en=text)


def _enum(field: Field, value: Param) -> Text:
    return (field.values or {}).get(str(value)) or _same(str(value))


_SAYINGS: dict[str, Callable[[Field, Param], Text]] = {
    INT: lambda _, value: _same(number(Decimal(value or 0))),
    MONEY: lambda _, value: _same(number(Decimal(value or 0))),
    PERCENT: lambda _, value: _same(number(Decimal(value or 0), places=2)),
    DATE: lambda _, value: _same(day(str(value))),
    FLAG: lambda _, value: Text(vi="có", en="yes") if value else Text(vi="không", en="no"),
    ENUM: _enum,
}
