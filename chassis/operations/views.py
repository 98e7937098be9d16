"""Dead letters as an operator sees them."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Row

from chassis import actions
from chassis.actions import Action
from chassis.operations import causes, shelf
from contracts.template import Text

RESOLVED = Text(vi="Bản ghi này đã được xử lý xong.", en="This record has been dealt with already.")
PARKED = Text(
    vi="Đã chạy lại ba lần không thành công; muốn chạy lại nữa thì phải nêu rõ `parked`.",
    en="Three replays have failed; another one must ask for `parked` letters.",
)

Reasons = Mapping[str, Text]


class Cause(BaseModel):
    """Why it could not be applied; ``code`` is stable, ``message`` is for people."""

    stage: str
    code: str
    message: Text

    @classmethod
    def of(cls, stage: str, code: str, reasons: Reasons) -> Self:
        """The cause in words."""
        return cls(stage=stage, code=code, message=causes.in_words(stage, code, reasons))


class LetterView(BaseModel):
    """A record that could not be applied: where it stood, what it is about, and why not."""

    id: int
    state: str
    """``waiting``, ``parked``, ``replayed``, ``fixed`` or ``discarded``."""
    cause: Cause
    topic: str
    partition: int
    offset: int
    event_id: UUID | None
    event_type: str | None
    subject: str | None
    ward_code: str | None
    report_id: UUID | None
    first_seen: datetime
    last_seen: datetime
    attempts: int
    failed_replays: int
    allowed_actions: list[Action]

    @classmethod
    def of(cls, row: Row[Any], reasons: Reasons) -> Self:
        """The view of a row."""
        return cls.model_validate(cls._members(row, reasons))

    @classmethod
    def _members(cls, row: Row[Any], reasons: Reasons) -> dict[str, Any]:
        return {
            **row._mapping,  # noqa: SLF001 - SQLAlchemy's public name for it
            "offset": row.record_offset,
            "cause": Cause.of(row.stage, row.cause, reasons),
            "allowed_actions": list(_actions(row.state)),
        }


class Bytes(BaseModel):
    """Bytes as they were; ``text`` where they are UTF-8."""

    base64: str
    text: str | None

    @classmethod
    def of(cls, found: bytes | None) -> Self | None:
        """Both forms, of what there is."""
        if found is None:
            return None
        whole = found.decode(errors="replace")
        text = whole if whole.encode() == found else None
        return cls(base64=b64encode(found).decode(), text=text)


class Header(BaseModel):
    """One header of a record."""

    name: Bytes
    value: Bytes | None


class LetterDetail(LetterView):
    """All that is kept of a record; ``correction`` is what it was replaced by."""

    error: str
    resolved_at: datetime | None
    key: Bytes | None
    value: Bytes | None
    headers: list[Header]
    correction: dict[str, Any] | None

    @classmethod
    def _members(cls, row: Row[Any], reasons: Reasons) -> dict[str, Any]:
        pairs = zip(row.header_names, row.header_values, strict=True)
        return super()._members(row, reasons) | {
            "error": row.detail,
            "key": Bytes.of(row.key),
            "value": Bytes.of(row.value),
            "headers": [
                {"name": Bytes.of(name), "value": Bytes.of(value)} for name, value in pairs
            ],
        }


class Replayed(BaseModel):
    """What became of one letter: ``applied``, ``failed``, ``no-effect`` or ``not-open``."""

    id: int
    outcome: str
    cause: Cause | None


class ReplayAnswer(BaseModel):
    """What became of each letter, or would; ``left`` were not tried.

    They are left when nothing of the thousand before them could be applied.
    """

    dry_run: bool
    counts: dict[str, int]
    """How many letters had each outcome."""
    left: int
    items: list[Replayed]


class FixAnswer(BaseModel):
    """The corrected event has been applied under this id; a dry run leaves nothing and has none."""

    dry_run: bool
    event_id: UUID | None


def _actions(state: str) -> Iterator[Action]:
    for action in ("replay", "fix", "discard"):
        if state not in shelf.OPEN:
            yield actions.refused(action, "already-resolved", RESOLVED)
        elif (action, state) == ("replay", shelf.PARKED):
            yield actions.refused(action, "parked", PARKED)
        else:
            yield actions.allowed(action)
