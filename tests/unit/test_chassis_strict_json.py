"""Bodies that are nearly JSON, and what the caller is told about them."""

import pytest

from chassis import strict_json
from chassis.problems import Problem


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "Expecting value"),
        (b"{", "line 1 column 2"),
        (b"{'a': 1}", "double quotes"),
        (b'{"a": 1,}', "line 1"),
        (b"NaN", "NaN is not JSON"),
        (b'{"a": -Infinity}', "-Infinity is not JSON"),
        (b'"\xff"', "utf-8"),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b'"\xed\xa0\x80"', "utf-8"),
        (b'{"hit01": 1, "hit01": 2}', "'hit01' is there twice"),
        (b'"a\x00b"', "control character"),
        (b"[" * 100_000, "recursion"),
        (b"1" * 5_000, "digits"),
    ],
)
def test_what_is_no_json_is_refused_with_the_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(Problem) as refused:
        strict_json.read(raw)

    assert (refused.value.status_code, refused.value.slug) == (400, "malformed-json")
    assert reason.lower() in refused.value.text.en.lower()


@pytest.mark.parametrize(
    ("raw", "pointers"),
    [
        (rb'{"values": {"a/b": "x\u0000"}}', ["/values/a~1b"]),
        (rb'{"rows": [{"name": "ok"}, {"name": "\ud800"}]}', ["/rows/1/name"]),
        (rb'{"rows": {"\udfff": "\u0000"}}', ["/rows"]),
        (rb'"\u0000"', [""]),
    ],
)
def test_text_that_no_database_keeps_is_refused_where_it_stands(
    raw: bytes, pointers: list[str]
) -> None:
    with pytest.raises(Problem) as refused:
        strict_json.read(raw)

    assert refused.value.status_code == 422
    assert [error.pointer for error in refused.value.errors] == pointers
    assert {error.code for error in refused.value.errors} == {"invalid-text"}


def test_good_json_is_read_as_it_is() -> None:
    raw = '{"tên": "Phường Hiệp Bình", "emoji": "\\ud83d\\ude00", "n": 1, "x": null}'.encode()

    assert strict_json.read(raw) == {"tên": "Phường Hiệp Bình", "emoji": "😀", "n": 1, "x": None}


def test_a_huge_reason_is_cut() -> None:
    with pytest.raises(Problem) as refused:
        strict_json.read(b'{"%s": 1, "%s": 2}' % (b"a" * 9_000, b"a" * 9_000))

    assert len(refused.value.text.en) < 300


def test_deep_nesting_that_the_parser_takes_is_still_an_answer() -> None:
    for depth in range(100, 1_000, 50):
        raw = b"[" * depth + rb'"\u0000"' + b"]" * depth
        with pytest.raises(Problem):
            strict_json.read(raw)
