"""How a person says where and about what they want e-mail."""

from typing import Any

import httpx
import pytest

from services.notification.app import SERVICE
from tests.service.conftest import Serve
from tests.service.harness import ServiceUnderTest

PATH = "/v1/contacts/me"
MINE = {"email": "an@example.vn", "language": "en", "wants": ["returned"]}


@pytest.fixture
async def line(serve: Serve) -> ServiceUnderTest:
    return await serve(SERVICE)


async def put(
    line: ServiceUnderTest, contact: dict[str, Any], subject: str = "an", **headers: str
) -> httpx.Response:
    token = line.token("ward_officer", "26734", subject=subject)
    return await line.client.put(PATH, json=contact, headers=token | headers)


async def get(line: ServiceUnderTest, subject: str = "an") -> httpx.Response:
    token = line.token("ward_officer", "26734", subject=subject)
    return await line.client.get(PATH, headers=token)


async def test_without_a_contact_one_sees_what_is_offered(line: ServiceUnderTest) -> None:
    assert (await get(line)).json() == {
        "email": None,
        "language": "vi",
        "wants": ["returned", "approved", "revoked"],
    }


async def test_a_contact_is_kept_for_its_person_only(line: ServiceUnderTest) -> None:
    assert (await put(line, MINE)).json() == MINE

    assert (await get(line)).json() == MINE
    assert (await get(line, "binh")).json()["email"] is None


async def test_two_windows_do_not_overwrite_each_other(line: ServiceUnderTest) -> None:
    tag = (await get(line)).headers["etag"]

    assert (await put(line, MINE, **{"If-Match": tag})).status_code == 200
    assert (await put(line, MINE, **{"If-Match": tag})).status_code == 412


async def test_a_null_address_forgets_it(line: ServiceUnderTest) -> None:
    await put(line, MINE)

    assert (await put(line, {"email": None})).status_code == 200

    assert (await get(line)).json()["email"] is None


@pytest.mark.parametrize(
    ("contact", "pointer", "code"),
    [
        ({"email": "an@example"}, "/email", "email-format"),
        ({"email": "an@example.vn\r\nBcc: x@y.vn"}, "/email", "email-format"),
        ({"email": 7}, "/email", "string-type"),
        ({}, "/email", "missing"),
        (MINE | {"language": "fr"}, "/language", "literal-error"),
        (MINE | {"wants": ["received"]}, "/wants/0", "literal-error"),
        (MINE | {"wards": ["26734"]}, "/wards", "extra-forbidden"),
    ],
)
async def test_what_is_wrong_is_named(
    line: ServiceUnderTest, contact: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await put(line, contact)

    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)
