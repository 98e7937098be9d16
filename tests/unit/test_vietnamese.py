"""Vietnamese text: search without accents, and the order of the dictionary."""

import unicodedata
from itertools import permutations

import pytest

from contracts.vietnamese import folded, normal, sort_key


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("Phường Hiệp Bình", "phuong hiep binh"),
        (unicodedata.normalize("NFD", "HIỆP BÌNH"), "hiep binh"),
        ("Thủ Đức", "thu duc"),
        ("Ðông Hòa", "dong hoa"),
        ("Phường  Rạch   Dừa ", "phuong rach dua"),
        ("hòa", folded("hoà")),
    ],
)
def test_search_is_without_accents_case_and_extra_spaces(written: str, found: str) -> None:
    assert folded(written) == found


def test_both_normal_forms_are_one_text() -> None:
    assert normal(unicodedata.normalize("NFD", "Thủ Đức")) == "Thủ Đức"


def test_letters_come_before_tones() -> None:
    tones = ["tạ", "tá", "tã", "tả", "tà", "ta"]
    words = ["Vỹ", "Ưng", "Ơn", "Ô", "Ê", "Ea", "Đa", "Dĩ", "Bà", "Ân", "Ăn", "An"]
    for backwards in (tones, words):
        assert sorted(backwards, key=sort_key) == list(reversed(backwards))


def test_the_order_of_tricky_names_does_not_depend_on_how_they_came() -> None:
    ordered = ["Bàn Cờ", "Bình Đông", "Đất Đỏ", "Đông Hòa", "Xóm Chiếu"]
    for names in permutations(ordered):
        assert sorted(names, key=sort_key) == ordered


def test_a_shorter_word_and_a_digit_come_first() -> None:
    assert sorted(["Anh", "An Lạc", "An", "Tổ 10", "Tổ 2", "1"], key=sort_key) == [
        "1",
        "An",
        "An Lạc",
        "Anh",
        "Tổ 10",
        "Tổ 2",
    ]
