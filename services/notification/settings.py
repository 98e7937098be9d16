"""What the notification service reads from its environment besides what every service does."""

from email.headerregistry import Address
from email.utils import parseaddr
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Where mail goes out and what it looks like."""

    smtp_host: str = ""
    """The mail server; empty: no e-mail is sent, and what is to be sent waits."""
    smtp_port: int = Field(default=25, ge=1, le=65535)
    smtp_security: Literal["none", "starttls", "tls"] = "none"
    """``starttls`` insists on it: mail is never sent in the clear because a server is wrong."""
    smtp_user: str = ""
    """Empty: the server wants no sign-in."""
    smtp_password: SecretStr = SecretStr("")
    mail_from: str = "Wardline <wardline@localhost>"
    """Name and address of the sender."""
    portal_url: str = "http://127.0.0.1:8000"
    """The web portal that links in mail lead to."""
    mail_attempts: int = Field(default=8, ge=1, le=50)
    """After so many refused attempts a delivery has failed."""
    mail_backoff_seconds: float = Field(default=30.0, gt=0)
    """The first wait after a refusal; each further one is twice as long, up to an hour."""
    mail_timeout_seconds: float = Field(default=10.0, gt=0, le=30)
    """For each exchange with the mail server."""

    @field_validator("mail_from")
    @classmethod
    def _is_a_sender(cls, text: str) -> str:
        name, address = parseaddr(text)
        Address(name, addr_spec=address)
        if "@" not in address:
            message = "a name and an address: Wardline <wardline@example.org>"
            raise ValueError(message)
        return text
