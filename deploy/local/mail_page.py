"""What the mail catcher shows: the list of messages, newest first, and each of them."""

import json
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "td{padding:.2rem 1rem .2rem 0;vertical-align:top}pre{white-space:pre-wrap}"
)


class MailPage(BaseHTTPRequestHandler):
    """``/`` for people, ``/messages`` the same as JSON, ``/messages/<name>`` one message."""

    def __init__(self, folder: Path, *connection: Any) -> None:  # noqa: ANN401 - the server's own
        self.folder = folder
        super().__init__(*connection)

    def do_GET(self) -> None:
        """Answer from the files."""
        messages = {path.stem: path for path in sorted(self.folder.glob("*.eml"), reverse=True)}
        if self.path == "/":
            rows = "".join(row(name, read(path)) for name, path in messages.items())
            self._answer(page(f"Mail ({len(messages)})", f"<table>{rows}</table>"))
        elif self.path == "/messages":
            listed = [described(name, read(path)) for name, path in messages.items()]
            self._answer(json.dumps(listed, ensure_ascii=False), "application/json")
        elif path := messages.get(self.path.removeprefix("/messages/")):
            self._answer(whole(read(path)))
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def log_message(self, *_arguments: Any) -> None:  # noqa: ANN401 - the signature of http.server
        """Say nothing: the page asks often, and the log is for what matters."""

    def _answer(self, body: str, kind: str = "text/html") -> None:
        content = body.encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.end_headers()
        self.wfile.write(content)


def read(path: Path) -> EmailMessage:
    """The message in the file, its headers decoded."""
    return message_from_bytes(path.read_bytes(), policy=policy.default)


def described(name: str, message: EmailMessage) -> dict[str, str]:
    """A message as JSON: what its headers say, and its text."""
    headers = {"to": "X-Envelope-To", "arrived": "X-Arrived", "from": "From", "subject": "Subject"}
    values = {key: str(message.get(header, "")) for key, header in headers.items()}
    return {"name": name, "text": text(message), **values}


def text(message: EmailMessage) -> str:
    """What a person reads in the message."""
    body = message.get_body(preferencelist=("plain", "html"))
    return "" if body is None else str(body.get_content())


def row(name: str, message: EmailMessage) -> str:
    """A message's line in the list."""
    told = described(name, message)
    link = f'<a href="/messages/{escape(name)}">{escape(told["subject"] or "(no subject)")}</a>'
    return f"<tr><td>{escape(told['arrived'][:19])}<td>{escape(told['to'])}<td>{link}</tr>"


def whole(message: EmailMessage) -> str:
    """A page with all of a message."""
    headers = "".join(f"<tr><td>{escape(k)}<td>{escape(str(v))}</tr>" for k, v in message.items())
    content = f"<table>{headers}</table><pre>{escape(text(message))}</pre>"
    return page(str(message.get("Subject", "")), content + '<p><a href="/">All mail</a>')


def page(title: str, content: str) -> str:
    """A page of HTML; the content is HTML already, the title is not."""
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="vi">{head}<h1>{escape(title)}</h1>{content}</html>'
