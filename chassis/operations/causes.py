"""Why a record became a dead letter, in words for whoever has to put it right."""

from collections.abc import Mapping
from typing import Final

from contracts.template import Text

KNOWN: Final = {
    "header-encoding": Text(
        vi="Một tiêu đề của bản ghi bị rỗng hoặc không phải UTF-8.",
        en="A header of the record is empty or is not UTF-8.",
    ),
    "duplicate-header": Text(
        vi="Một tiêu đề của bản ghi xuất hiện hai lần.", en="A header of the record is there twice."
    ),
    "content-type": Text(
        vi="Nội dung bản ghi không phải JSON.", en="The record does not say that it is JSON."
    ),
    "missing-attribute": Text(
        vi="Thiếu thông tin bắt buộc của sự kiện: mã, nguồn, loại hoặc phiên bản.",
        en="The event lacks its id, source, type or specification version.",
    ),
    "attribute-value": Text(
        vi="Một thông tin của sự kiện có giá trị không hợp lệ.",
        en="An attribute of the event has a value that it cannot have.",
    ),
    "not-json": Text(vi="Sự kiện không phải JSON hợp lệ.", en="The event is not valid JSON."),
    "wrong-writer": Text(
        vi="Bản ghi do một chương trình khác ghi vào; hãy kiểm tra quyền ghi của chủ đề này.",
        en="Another program wrote this record: check who may write to the topic.",
    ),
    "batch-unreadable": Text(
        vi="Cả lô bản ghi không giải nén được hoặc giải nén ra quá lớn; giá trị là byte của lô.",
        en="A whole batch cannot be inflated, or inflates too far; the value is the batch's bytes.",
    ),
    "unknown-type": Text(vi="Không có loại sự kiện này.", en="There is no such type of event."),
    "unhandled-type": Text(
        vi="Dịch vụ này không xử lý loại sự kiện đó.",
        en="This service does nothing with that type of event.",
    ),
    "event-too-large": Text(
        vi="Sự kiện phát sinh quá lớn để gửi đi.",
        en="What it would make the service tell is too large to be sent.",
    ),
}
BY_CLASS: Final = {
    "22": Text(
        vi="Có giá trị mà cơ sở dữ liệu không lưu được.",
        en="It holds a value that the database cannot keep.",
    ),
    "23": Text(
        vi="Dữ liệu mâu thuẫn với dữ liệu đã lưu.",
        en="It contradicts what is stored already.",
    ),
    "54": Text(vi="Dữ liệu quá lớn.", en="It is too large for the database."),
}
SCHEMA: Final = Text(
    vi="Dữ liệu không đúng mẫu của loại sự kiện này; xem chi tiết lỗi.",
    en="The data does not have the form of this type of event; the error says where.",
)
SQLSTATE_LENGTH: Final = 5


def in_words(stage: str, cause: str, reasons: Mapping[str, Text]) -> Text:
    """A cause for people; ``reasons`` are the service's own codes."""
    if found := reasons.get(cause) or KNOWN.get(cause):
        return found
    if stage == "schema":
        return SCHEMA
    if len(cause) == SQLSTATE_LENGTH and cause[:2] in BY_CLASS:
        return BY_CLASS[cause[:2]]
    return Text(
        vi=f"Lỗi trong chương trình ({cause}). Sau khi sửa chương trình, hãy cho chạy lại.",
        en=f"Our own code fails on it ({cause}). Once the code is mended, replay.",
    )
