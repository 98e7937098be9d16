"""What people read of a notification, in both languages."""

from typing import Any

import pytest

from contracts import decisions
from contracts.template import Text
from services.notification.texts import domain as texts
from services.notification.texts.domain import Matter
from services.notification.texts.phrases import PHRASES, REASONS

FORM = Text(vi="Chuyển đổi số", en="Digital transformation")
AT = "2025-10-14T17:05:00+00:00"
"""Five past midnight in Ho Chi Minh City, the day after."""


def matter(kind: str, *, period: str = "2025-10", **params: Any) -> Matter:  # noqa: ANN401 - JSON
    return Matter(kind, FORM, period, "HC_15_14", "Phường Hiệp Bình", params)


def test_a_returned_report_says_why_and_what_is_to_be_corrected() -> None:
    told = texts.words(
        matter("returned", version=2, at=AT, code=decisions.RULE_ERRORS, errors=3), "vi"
    )

    assert told.title == "Báo cáo bị trả lại: Chuyển đổi số – Tháng 10/2025"
    assert told.text == (
        "Phiên bản 2 của Phường Hiệp Bình cần xem lại."
        " Lý do: số liệu vi phạm quy tắc kiểm tra. Số lỗi phải sửa: 3."
    )


def test_the_same_in_english() -> None:
    told = texts.words(matter("returned", version=2, at=AT, code="other", comments=1), "en")

    assert told.title == "Report returned: Digital transformation – October 2025"
    assert told.text == (
        "Version 2 from Phường Hiệp Bình needs another look."
        " Reason: another reason, see the note. Comments on fields: 1."
    )


def test_instants_are_those_of_the_city() -> None:
    told = texts.words(matter("received", version=1, at=AT), "vi")

    assert "00:05 ngày 15/10/2025" in told.text


@pytest.mark.parametrize(("language", "shown"), [("vi", "1.234"), ("en", "1,234")])
def test_counts_are_grouped_as_people_write_them(language: str, shown: str) -> None:
    assert shown in texts.words(matter("waiting", reports=1234, withdrawals=0), language).text


def test_a_sentence_about_nothing_is_left_out() -> None:
    told = texts.words(matter("waiting", reports=0, withdrawals=2, at=None), "vi")

    assert told.text == "Số đề nghị rút báo cáo đang chờ: 2."


def test_braces_in_a_name_are_only_text() -> None:
    strange = Matter("withdrawn", FORM, "2025-Q4", "LICH", "Phường {at}", {"version": 1})

    assert "Phường {at}" in texts.words(strange, "vi").text


def test_what_is_not_known_yet_is_shown_as_its_code() -> None:
    told = texts.words(matter("escalated", period="2025-D01"), "vi")

    assert told.title == "Chuyển đổi số – 2025-D01"
    assert told.text == ""
    assert texts.reason("late", "vi") == "late"


def test_both_languages_tell_of_the_same_kinds_with_the_same_facts() -> None:
    assert PHRASES["vi"].keys() == PHRASES["en"].keys()
    for kind, phrase in PHRASES["vi"].items():
        assert len(phrase.sentences) == len(PHRASES["en"][kind].sentences)


def test_every_known_reason_has_words() -> None:
    known = {
        decisions.RULE_ERRORS,
        decisions.EXPLANATION_MISSING,
        decisions.WRONG_FIGURES,
        decisions.WRONG_PERIOD,
        decisions.INCONSISTENT,
        decisions.EVIDENCE_MISSING,
        decisions.OTHER,
        decisions.WITHDRAWN_BY_WARD,
    }

    assert known == set(REASONS)
