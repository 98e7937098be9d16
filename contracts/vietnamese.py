"""Vietnamese text: one normal form, the dictionary's order, and search without accents."""

import unicodedata

_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
"""Ngang (none), huyền, hỏi, ngã, sắc, nặng: the order of tones in the dictionary."""

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_MARKED = {
    ("a", "\u0306"): "ă",
    ("a", "\u0302"): "â",
    ("e", "\u0302"): "ê",
    ("o", "\u0302"): "ô",
    ("o", "\u031b"): "ơ",
    ("u", "\u031b"): "ư",
}
_LOOKALIKES = str.maketrans({"Ð": "Đ", "Ɖ": "Đ", "ð": "đ", "ɖ": "đ"})
_STROKE = str.maketrans({"đ": "d"})


def normal(text: str) -> str:
    """NFC, runs of white space as one space, the stroke of Đ from its own letter."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_LOOKALIKES).split())


def folded(text: str) -> str:
    """Lower case without any mark, for search: ``Phường Hiệp Bình`` → ``phuong hiep binh``."""
    decomposed = unicodedata.normalize("NFD", normal(text).casefold())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return bare.translate(_STROKE)


def sort_key(text: str) -> str:
    """A text whose plain byte order is the Vietnamese dictionary's: letters, then tones."""
    letters, tones = _letters(unicodedata.normalize("NFD", normal(text)).lower())
    ranks = "".join(_rank(letter) for letter in letters)
    return f"{ranks} {''.join(map(str, tones))}"


def _letters(decomposed: str) -> tuple[list[str], list[int]]:
    letters: list[str] = []
    tones: list[int] = []
    for character in decomposed:
        if character in _TONES and tones:
            tones[-1] = _TONES[character]
        elif letters and (letters[-1], character) in _MARKED:
            letters[-1] = _MARKED[letters[-1], character]
        else:
            letters.append(character)
            tones.append(0)
    return letters, tones


def _rank(letter: str) -> str:
    """Two ASCII characters: space, punctuation, digits, letters, everything else."""
    if letter == " ":
        return "!!"
    if letter.isascii() and letter.isdigit():
        return f"1{letter}"
    place = _ALPHABET.find(letter)
    if place >= 0:
        return f"{2 + place // 10}{place % 10}"
    return f"#{letter}" if letter.isascii() else f"~{ord(letter):06x}"
