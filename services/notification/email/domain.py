"""What a mail says, when it is tried again, and when the server is left alone. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.header import Header
from email.message import Message
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr, parseaddr
from string import Template
from typing import Any, Final
from uuid import UUID

from services.notification.texts import domain as texts

EMAIL: Final = "email"
"""The channel's name."""

KINDS: Final = frozenset({"returned", "approved", "revoked"})
"""The notices that are told by e-mail, to contacts who want them."""

LONGEST_WAIT: Final = timedelta(hours=1)
SENDABLE: Final = timedelta(days=7)
"""What could not be sent for so long is news no more."""
LEASE: Final = timedelta(minutes=3)
"""How long one worker has a delivery to itself; longer than a claim of them can take."""
CLAIMED_AT_ONCE: Final = 10

BODIES: Final = {
    "vi": Template("""Kính gửi $ward,

$text
$note
Xem báo cáo: $link

--
Thư tự động của Wardline. Chọn loại thư muốn nhận tại: $contact
"""),
    "en": Template("""To $ward,

$text
$note
See the report: $link

--
Sent by Wardline. Choose what you are told by e-mail at: $contact
"""),
}
NOTES: Final = {"vi": "Ghi chú của người thẩm định", "en": "The reviewer's note"}


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to be written."""

    id: UUID
    """The delivery's: the Message-ID is made of it, the same in every attempt."""
    to: str
    language: str
    matter: texts.Matter
    link: str
    recorded_at: datetime


def message(mail: Mail, sender: str, portal_url: str) -> Message:
    """The mail as it is sent: plain text, UTF-8, its subject encoded as RFC 2047 has it."""
    told = texts.words(mail.matter, mail.language)
    name, address = parseaddr(sender)
    body = BODIES[mail.language].substitute(
        ward=mail.matter.ward,
        text=told.text,
        note=_note(mail.matter.params, mail.language),
        link=f"{portal_url}{mail.link}",
        contact=f"{portal_url}/contact",
    )
    # EmailMessage loses spaces where it folds an encoded subject (Python 3.11), Header does not.
    written = MIMEText(body, "plain", "utf-8")
    written["From"] = formataddr((name, address), "utf-8")
    written["To"] = mail.to
    subject = Header(" ".join(told.title.split()), "utf-8", header_name="Subject")
    written["Subject"] = subject.encode()
    written["Date"] = format_datetime(mail.recorded_at)
    written["Message-ID"] = f"<{mail.id}@{address.partition('@')[2]}>"
    written["Auto-Submitted"] = "auto-generated"
    written["Content-Language"] = mail.language
    return written


def wait(attempts: int, first: timedelta, chance: float) -> timedelta:
    """How long until the next attempt; ``chance`` in [0, 1) spreads them."""
    doubled = min(first * 2 ** min(attempts - 1, 20), LONGEST_WAIT)
    return timedelta(seconds=doubled.total_seconds() * (0.5 + chance / 2))


@dataclass
class Circuit:
    """Leaves a server alone that does not answer, for longer and longer; then asks once."""

    first: timedelta
    longest: timedelta = timedelta(minutes=5)
    closed_until: datetime | None = None
    _failures: int = field(default=0)

    def allows(self, now: datetime) -> int:
        """How many deliveries to take now: none while it rests, one to see if it is back."""
        if self.closed_until is None:
            return CLAIMED_AT_ONCE
        return 1 if now >= self.closed_until else 0

    def failed(self, now: datetime, chance: float) -> datetime:
        """The server did not answer; until when to leave it alone."""
        self._failures += 1
        rest = min(self.first * 2 ** min(self._failures - 1, 20), self.longest)
        self.closed_until = now + rest * (0.5 + chance / 2)
        return self.closed_until

    def answered(self) -> None:
        """The server is there."""
        self._failures, self.closed_until = 0, None


def _note(params: Mapping[str, Any], language: str) -> str:
    note = str(params.get("note") or "").strip()
    return f"\n{NOTES[language]}: {note}\n" if note else ""
