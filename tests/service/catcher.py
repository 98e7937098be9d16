"""A real SMTP server that keeps what it is sent, and can be told to misbehave."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from socket import socket

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Catcher:
    """Answers each mail with the next of ``answers``, then with 250."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    """Recipients that are refused."""
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, to: str, _options: list[str]
    ) -> str:
        """Take a recipient, or refuse them."""
        if to in self.unknown:
            return "550 no such user"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a mail, or refuse it."""
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            raw = envelope.content if isinstance(envelope.content, bytes) else b""
            self.mails.append(message_from_bytes(raw, policy=default))
            self.recipients += envelope.rcpt_tos
        return answer

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take connections for the length of the block, at the same port each time."""
        controller = Controller(self, hostname="127.0.0.1", port=self.port or free_port())
        controller.start()
        self.port = controller.port
        try:
            yield
        finally:
            controller.stop()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
