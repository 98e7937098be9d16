"""The conversation with a mail server, and what its answers mean."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email.message import Message
from email.utils import parseaddr

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPStatus,
)

from services.notification.settings import Settings

PERMANENT = 500
"""The least reply code with which a server refuses for good."""


class Away(Exception):
    """The server does not answer, or not to us: no mail is at fault."""


class Refused(Exception):
    """The server does not take this one mail."""

    def __init__(self, code: int) -> None:
        """``code`` is the server's: 4xx may be tried again, 5xx is for good."""
        super().__init__(f"smtp-{code}")
        self.final = code >= PERMANENT


class Server:
    """An open conversation."""

    def __init__(self, client: SMTP) -> None:
        self._client = client

    async def send(self, mail: Message) -> None:
        """Hand one mail over; raises `Refused` or `Away`."""
        try:
            await self._client.send_message(mail)
        except SMTPRecipientsRefused as error:
            raise _refused(error.recipients[0]) from error
        except (SMTPRecipientRefused, SMTPDataError) as error:
            raise _refused(error) from error
        except (SMTPException, OSError) as error:
            raise away(error) from error


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Server]:
    """A conversation with the server of the settings; raises `Away`."""
    client = SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        use_tls=settings.smtp_security == "tls",
        start_tls=settings.smtp_security == "starttls",
        username=settings.smtp_user or None,
        password=settings.smtp_password.get_secret_value() or None,
        local_hostname=parseaddr(settings.mail_from)[1].partition("@")[2],
        timeout=settings.mail_timeout_seconds,
    )
    try:
        await client.connect()
    except (SMTPException, OSError) as error:
        raise away(error) from error
    try:
        yield Server(client)
    finally:
        with suppress(SMTPException, OSError):
            await client.quit()
        client.close()


def away(error: Exception) -> Away:
    """Why the server is away, without anything that it said of a person."""
    code = f"-{error.code}" if isinstance(error, SMTPResponseException) else ""
    return Away(f"{type(error).__name__}{code}")


def _refused(error: SMTPResponseException) -> Exception:
    if error.code == SMTPStatus.domain_unavailable:
        return away(error)
    return Refused(error.code)
