"""One value of a form: what each type of field accepts, and its one canonical writing."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from contracts import template as t
from contracts.content import Scalar

MOST_MONEY = Decimal(10_000_000)
"""Upper sanity bound of an amount, in *triệu đồng*."""
MOST_COUNT = Decimal(10**9)
_MONEY = re.compile(r"[0-9]{1,8}(?:\.[0-9]{1,3})?")
_PERCENT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,2})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHITE = "\n\t"


class BadValue(ValueError):
    """The value is not of its field's type; ``code`` says how."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def read(field: t.Field, value: object) -> Scalar:
    """The value as it is kept: money with 3 places, percent with 2, text in NFC.

    Raises:
        BadValue: with one of the codes that ``contracts.problems`` puts in words.
    """
    return _READERS[field.type](field, value)


def text(value: object, longest: int) -> str:
    """Text in NFC without control characters, at most ``longest`` characters of it.

    Raises:
        BadValue: ``type``, ``text-character`` or ``text-length``.
    """
    if not isinstance(value, str):
        raise BadValue("type", expected="text")
    normal = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in _WHITE for c in normal):
        raise BadValue("text-character")
    if len(normal) > longest:
        raise BadValue("text-length", longest=longest)
    return normal


def _int(field: t.Field, value: object) -> Scalar:
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadValue("type", expected="integer")
    _within(field, Decimal(value), MOST_COUNT, "integer-range")
    return value


def _money(field: t.Field, value: object) -> Scalar:
    if not isinstance(value, str) or not _MONEY.fullmatch(value):
        raise BadValue("money-format")
    amount = Decimal(value)
    _within(field, amount, MOST_MONEY, "money-range")
    return f"{amount:.3f}"


def _percent(field: t.Field, value: object) -> Scalar:
    if not isinstance(value, str) or not _PERCENT.fullmatch(value):
        raise BadValue("percent-format")
    share = Decimal(value)
    _within(field, share, Decimal(100), "percent-range")
    return f"{share:.2f}"


def _within(field: t.Field, number: Decimal, highest: Decimal, code: str) -> None:
    most = highest if field.max is None else min(field.max, highest)
    if not field.min <= number <= most:
        raise BadValue(code, lowest=field.min, highest=most)


def _enum(field: t.Field, value: object) -> Scalar:
    values = field.values or {}
    if not isinstance(value, str) or value not in values:
        raise BadValue("enum-value", values=", ".join(values))
    return value


def _text(field: t.Field, value: object) -> Scalar:
    written = text(value, field.max_length)
    if field.pattern and not re.fullmatch(field.pattern, written):
        raise BadValue("text-pattern", form=field.help or field.pattern)
    return written


def _date(_: t.Field, value: object) -> Scalar:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise BadValue("date-format")
    try:
        date.fromisoformat(value)
    except ValueError:
        raise BadValue("date-format") from None
    return value


def _flag(_: t.Field, value: object) -> Scalar:
    if not isinstance(value, bool):
        raise BadValue("type", expected="true, false")
    return value


_READERS: dict[str, Callable[[t.Field, object], Scalar]] = {
    t.INT: _int,
    t.MONEY: _money,
    t.PERCENT: _percent,
    t.ENUM: _enum,
    t.TEXT: _text,
    t.DATE: _date,
    t.FLAG: _flag,
}
