"""The mail catcher: takes every message by SMTP, keeps it as a file, shows them all on a page."""

import argparse
import asyncio
import functools
import signal
import threading
from datetime import UTC, datetime
from http.server import ThreadingHTTPServer
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.mail_page import MailPage
from deploy.local.ports import HOST

HOSTNAME = "mail.wardline.localhost"


class Keeper:
    """Keeps each message below the folder before it is acknowledged, named by its arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Write the message as it came, headed by whom it was for."""
        self.count += 1
        arrived = datetime.now(UTC)
        name = f"{arrived:%Y%m%dT%H%M%S%f}-{self.count}"
        head = (
            f"X-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\nX-Arrived: {arrived.isoformat()}\r\n"
        )
        unfinished = self.folder / f"{name}.new"
        unfinished.write_bytes(head.encode() + (envelope.original_content or b""))
        unfinished.rename(self.folder / f"{name}.eml")
        return "250 kept"


async def take(folder: Path, port: int) -> None:
    """Take mail until the process is told to end."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    keeper = Keeper(folder)
    server = await loop.create_server(
        lambda: SMTP(keeper, hostname=HOSTNAME, enable_SMTPUTF8=True, loop=loop), HOST, port
    )
    async with server:
        await stop.wait()


def main() -> None:
    """Run both doors: SMTP for programs, HTTP for people."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.mail", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    page = functools.partial(MailPage, options.folder)
    with ThreadingHTTPServer((HOST, options.http_port), page) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        asyncio.run(take(options.folder, options.smtp_port))
        http.shutdown()


if __name__ == "__main__":
    main()
