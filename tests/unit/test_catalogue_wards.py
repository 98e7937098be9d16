"""The 168 units of the city as they are shipped: numbers, names, order and search."""

import csv
import re
import unicodedata
from collections import Counter
from io import StringIO

import pytest

from contracts.vietnamese import folded, normal, sort_key
from services.submission.catalogue import make_wards

Line = dict[str, str]
KIND = re.compile(r"(Phường|Xã|Đặc khu) ")
DICTIONARY_ORDER = (
    "An Đông, An Hội Đông, An Hội Tây, An Nhơn, An Nhơn Tây, Bà Điểm, Bà Rịa, Bàn Cờ, "
    "Bàu Bàng, Bảy Hiền, Bắc Tân Uyên, Bến Cát, Bình Chánh, Bình Dương, Bình Đông, Cát Lái, "
    "Cần Giờ, Côn Đảo, Củ Chi, Dầu Tiếng, Dĩ An, Diên Hồng, Đất Đỏ, Đông Hòa, Đức Nhuận, "
    "Gia Định, Gò Vấp, Hòa Lợi, Hóc Môn, Hồ Tràm, Hưng Long, Long Trường, Minh Phụng, "
    "Phú Thuận, Phước Hải, Tam Thắng, Tăng Nhơn Phú, Tân An Hội, Tân Sơn Nhất, Tân Sơn Nhì, "
    "Tây Thạnh, Thái Mỹ, Thanh An, Thạnh An, Thạnh Mỹ Tây, Thông Tây Hội, Thới An, "
    "Thủ Dầu Một, Thủ Đức, Thuận An, Thường Tân, Trung Mỹ Tây, Trừ Văn Thố, Vĩnh Hội, "
    "Vũng Tàu, Vườn Lài, Xóm Chiếu, Xuân Hòa, Xuyên Mộc"
)


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    with make_wards.WARDS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def bare(name: str) -> str:
    return KIND.sub("", name)


def test_there_are_113_phuong_54_xa_and_one_dac_khu(lines: list[Line]) -> None:
    assert Counter(line["kind"] for line in lines) == {"phuong": 113, "xa": 54, "dac-khu": 1}
    assert len({line["code"] for line in lines}) == 168


def test_the_kind_agrees_with_the_name(lines: list[Line]) -> None:
    kinds = {"phuong": "Phường", "xa": "Xã", "dac-khu": "Đặc khu"}
    assert all(line["name"].startswith(f"{kinds[line['kind']]} ") for line in lines)


def test_codes_are_text_of_five_digits(lines: list[Line]) -> None:
    assert all(re.fullmatch(r"[0-9]{5}", line["code"]) for line in lines)


def test_names_are_in_nfc_with_single_spaces(lines: list[Line]) -> None:
    names = {line["code"]: line["name"] for line in lines}
    assert all(normal(name) == name for name in names.values())
    assert names["26536"] == "Phường Rạch Dừa"
    assert names["26887"] == "Phường An Nhơn"


def test_every_line_is_valid_from_the_day_of_the_new_units_and_names_its_source(
    lines: list[Line],
) -> None:
    assert {(line["valid_from"], line["valid_to"]) for line in lines} == {("2025-07-01", "")}
    assert all("1685/NQ-UBTVQH15" in line["source"] for line in lines)


def test_the_file_says_what_its_program_makes(lines: list[Line]) -> None:
    made = StringIO()
    make_wards.write(made)
    facts = ("code", "name", "kind", "valid_from")
    fresh = csv.DictReader(StringIO(made.getvalue()))
    assert [[line[fact] for fact in facts] for line in fresh] == [
        [line[fact] for fact in facts] for line in lines
    ]


def test_a_list_that_is_not_the_168_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    some = list(make_wards.lines())[:-1]
    monkeypatch.setattr(make_wards, "lines", lambda: iter(some))
    with pytest.raises(ValueError, match="113"):
        make_wards.write(StringIO())


@pytest.mark.parametrize(
    "typed",
    ["hiep binh", "P. Hiệp Bình", unicodedata.normalize("NFD", "HIỆP BÌNH"), "  hiệp   bình "],
)
def test_however_it_is_typed_only_hiep_binh_is_meant(lines: list[Line], typed: str) -> None:
    wanted = folded(typed).removeprefix("p. ")
    found = [line["name"] for line in lines if wanted in folded(line["name"])]
    assert found == ["Phường Hiệp Bình"]


def test_only_thanh_an_and_thanh_an_with_the_heavy_tone_fold_alike(lines: list[Line]) -> None:
    alike = Counter(folded(bare(line["name"])) for line in lines)
    assert [name for name, times in alike.items() if times > 1] == ["thanh an"]
    found = [line["name"] for line in lines if folded(line["name"]) == "xa thanh an"]
    assert found == ["Xã Thanh An", "Xã Thạnh An"]


def test_names_stand_in_the_order_of_the_vietnamese_dictionary(lines: list[Line]) -> None:
    expected = DICTIONARY_ORDER.split(", ")
    tricky = {bare(line["name"]) for line in lines} & set(expected)
    assert sorted(tricky, key=sort_key) == expected


def test_plain_byte_order_of_the_key_is_the_order(lines: list[Line]) -> None:
    keys = [sort_key(bare(line["name"])) for line in lines]
    assert sorted(keys) == sorted(keys, key=lambda key: key.encode())
    assert len(set(keys)) == 168
