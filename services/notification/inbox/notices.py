"""A notice as people get it: an item of a list, an event of a stream."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from contracts.template import Text
from services.notification.inbox import domain
from services.notification.streams.sse import frame
from services.notification.texts import domain as texts


class Named(BaseModel):
    """A code, and what people call it."""

    code: str
    name: str


class Reason(BaseModel):
    """Why a report was returned or an approval revoked; ``code`` is an open string."""

    code: str
    text: str


class Item(BaseModel):
    """One notice, in the reader's language.

    ``id`` stays the same while a queue's notice changes; ``position`` is its place in the
    stream. ``link`` is a path of the web portal. ``cleared``: nothing waits there any more.
    """

    id: UUID
    position: int
    kind: str
    title: str
    text: str
    link: str
    template: Named
    period: Named
    ward: Named | None = None
    report_id: UUID | None = None
    version: int | None = None
    reason: Reason | None = None
    note: str | None = None
    reports: int | None = None
    withdrawals: int | None = None
    cleared: bool = False
    read: bool = False
    recorded_at: datetime


@dataclass(frozen=True)
class Notice:
    """A row of the table with the names that are known today."""

    id: UUID
    position: int
    recipient_kind: str
    recipient_id: str
    kind: str
    report_id: UUID | None
    ward_code: str | None
    template_code: str
    period_code: str
    period_scheme: str
    params: dict[str, Any]
    cleared: bool
    recorded_at: datetime
    ward_name: str | None
    template_vi: str | None
    template_en: str | None
    read: bool = False
    _frames: dict[str, bytes] = field(default_factory=dict, compare=False)

    @property
    def audience(self) -> str:
        """Whom it is for, in one text."""
        return domain.Recipient(self.recipient_kind, self.recipient_id).audience

    def frame(self, language: str) -> bytes:
        """The notice as an event; made once for all who read this language."""
        if language not in self._frames:
            event = "cleared" if self.cleared else "notice"
            data = self.item(language).model_dump_json(exclude_none=True)
            self._frames[language] = frame(self.position, event, data)
        return self._frames[language]

    def item(self, language: str) -> Item:
        """The notice in words."""
        told = texts.words(self._matter(), language)
        code = self.params.get("code")
        return Item(
            id=self.id,
            position=self.position,
            kind=self.kind,
            title=told.title,
            text=told.text,
            link=domain.path(self.kind, self.ward_code, self.template_code, self.period_code),
            template=Named(code=self.template_code, name=getattr(self._template, language)),
            period=Named(
                code=self.period_code,
                name=texts.period(self.period_code, self.period_scheme, language),
            ),
            ward=Named(code=self.ward_code, name=self._ward) if self.ward_code else None,
            report_id=self.report_id,
            version=self.params.get("version"),
            reason=Reason(code=code, text=texts.reason(code, language)) if code else None,
            note=self.params.get("note"),
            reports=self.params.get("reports"),
            withdrawals=self.params.get("withdrawals"),
            cleared=self.cleared,
            read=self.read,
            recorded_at=self.recorded_at,
        )

    @property
    def _ward(self) -> str:
        return self.ward_name or self.ward_code or ""

    @property
    def _template(self) -> Text:
        return Text(
            vi=self.template_vi or self.template_code, en=self.template_en or self.template_code
        )

    def _matter(self) -> texts.Matter:
        return texts.Matter(
            self.kind,
            self._template,
            self.period_code,
            self.period_scheme,
            self._ward,
            self.params,
        )
