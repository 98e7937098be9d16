"""Finding a ward by what people type: with or without marks, with or without its kind."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from contracts.catalogue import DAC_KHU, PHUONG, XA, WardDefined
from contracts.vietnamese import folded, normal

KINDS: Final = {
    PHUONG: re.compile(r"(?:phường|phuong|p\.?)\s+|p\.", re.IGNORECASE),
    XA: re.compile(r"(?:xã|xa|x\.?)\s+|x\.", re.IGNORECASE),
    DAC_KHU: re.compile(r"(?:đặc khu|dac khu|đ\.?k\.?|dk\.?)\s+|(?:đ\.?k|dk)\.", re.IGNORECASE),
}
_TONE = "[\u0300\u0301\u0303\u0309\u0323]"
_LATE_TONE = re.compile(f"(o)([ae])({_TONE})(?![a-z])|(u)(y)({_TONE})(?![a-z])")
"""The newer placement of a tone, on the second vowel of an open oa, oe or uy."""


def found(wards: Iterable[WardDefined], query: str) -> list[WardDefined]:
    """The wards that fit, the best first; otherwise in the order they came in.

    The whole name with its marks is best, then the start of it, then any part; then the
    same without marks. Former names fit as well, and so does the start of a code.
    """
    ranked = [(rank, ward) for ward in wards if (rank := _rank(ward, query)) is not None]
    return [ward for _, ward in sorted(ranked, key=lambda pair: pair[0])]


def _rank(ward: WardDefined, query: str) -> int | None:
    if not query.strip() or ward.code.startswith(query.strip()):
        return 0
    names = [(ward.name, ward.kind), *((former.name, former.kind) for former in ward.history)]
    ranks = [rank for name, kind in names if (rank := _name_rank(name, kind, query)) is not None]
    return min(ranks, default=None)


def _name_rank(name: str, kind: str, query: str) -> int | None:
    asked_kind, asked = _without_kind(query)
    if asked_kind and asked_kind != kind:
        return None
    _, bare = _without_kind(name)
    exact = _fit(_written(bare), _written(asked))
    if exact is not None:
        return exact
    loose = _fit(folded(bare), folded(asked))
    return None if loose is None else 3 + loose


def _without_kind(text: str) -> tuple[str | None, str]:
    plain = normal(text)
    for kind, prefix in KINDS.items():
        start = prefix.match(plain)
        if start and plain[start.end() :]:
            return kind, plain[start.end() :]
    return None, plain


def _fit(name: str, asked: str) -> int | None:
    if name == asked:
        return 0
    if name.startswith(asked):
        return 1
    return 2 if asked in name else None


def _written(text: str) -> str:
    """Lower case with its marks, each tone where the older spelling has it: hoà as hòa."""
    decomposed = unicodedata.normalize("NFD", normal(text).casefold())
    return unicodedata.normalize("NFC", _LATE_TONE.sub(_moved, decomposed))


def _moved(syllable: re.Match[str]) -> str:
    first, second, tone = (part for part in syllable.groups() if part)
    return first + tone + second
