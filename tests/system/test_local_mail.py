"""The mail catcher takes mail as any server would, keeps it, and shows it as it was meant."""

import random
from collections.abc import AsyncIterator, Iterator
from email.header import Header
from email.mime.text import MIMEText
from http import HTTPStatus

import aiosmtplib
import httpx
import pytest

from deploy.local.layout import Layout
from deploy.local.ports import HOST
from deploy.local.services import MailCatcher

SUBJECT = "Báo cáo tháng 10 của Phường Hiệp Bình bị trả lại <vui lòng xem lại>"
TEXT = "Kính gửi Phường Hiệp Bình,\nXin xem lại chỉ tiêu 3 <số hộ>.\n"


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layout]:
    offset = random.randrange(14_000, 20_000)  # below the ports of outgoing connections
    layout = Layout(tmp_path_factory.mktemp("mail"), offset)
    with MailCatcher(layout):
        yield layout


@pytest.fixture
async def page(layout: Layout) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=layout.mail_url) as page:
        yield page


async def send(layout: Layout, subject: str) -> None:
    message = MIMEText(TEXT, "plain", "utf-8")
    message["From"], message["To"] = "a@wardline.test", "b@ward.test"
    # Header by hand: EmailMessage loses a space where it folds a long subject.
    message["Subject"] = Header(subject, "utf-8", header_name="Subject").encode()
    await aiosmtplib.send(message, hostname=HOST, port=layout.smtp_port)


async def test_a_message_is_kept_and_shown_in_vietnamese(
    layout: Layout, page: httpx.AsyncClient
) -> None:
    await send(layout, SUBJECT)
    newest = (await page.get("/messages")).json()[0]
    assert (newest["subject"], newest["to"]) == (SUBJECT, "b@ward.test")
    assert newest["text"].replace("\r\n", "\n") == TEXT
    assert newest["name"] in {path.stem for path in layout.data.glob("mail/*.eml")}


async def test_the_newest_message_is_listed_first(layout: Layout, page: httpx.AsyncClient) -> None:
    for subject in ("earlier", "later"):
        await send(layout, subject)
    subjects = [message["subject"] for message in (await page.get("/messages")).json()]
    assert subjects[:2] == ["later", "earlier"]


async def test_what_is_in_a_message_stays_text(layout: Layout, page: httpx.AsyncClient) -> None:
    await send(layout, SUBJECT)
    name = (await page.get("/messages")).json()[0]["name"]
    for shown in ((await page.get("/")).text, (await page.get(f"/messages/{name}")).text):
        assert "&lt;vui lòng xem lại&gt;" in shown
        assert "<vui" not in shown


async def test_nothing_but_messages_is_served(page: httpx.AsyncClient) -> None:
    for path in ("/messages/nothing", "/messages/../issuer/key.pem", "/etc/passwd"):
        assert (await page.get(path)).status_code == HTTPStatus.NOT_FOUND
