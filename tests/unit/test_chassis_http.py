"""What a caller hears over HTTP: who may pass, languages, conditions, bad days."""

import httpx
import pytest

from chassis.service import create_app
from chassis.settings import ServiceSettings
from deploy.local.issuer import ISSUER, Issuer
from tests.asking import as_, problem
from tests.probe import SERVICE

GOOD = {"name": "kit", "count": 1}


async def test_a_good_request_is_answered(officer: httpx.AsyncClient) -> None:
    answer = await officer.post("/v1/things", json=GOOD)

    assert answer.json() == GOOD | {"by": "ward_officer-26536"}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


# Who is calling


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer x.y.z", "Basic dTpw", "bearer ", "Bearer a b"],
)
async def test_without_a_good_token_nobody_passes(anyone: httpx.AsyncClient, header: str) -> None:
    answer = await anyone.post("/v1/things", content=b"{", headers={"Authorization": header})

    problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_token_ends(anyone: httpx.AsyncClient, issuer: Issuer) -> None:
    answer = await anyone.get("/v1/things/tagged", headers=as_("reviewer", issuer, lasting=-60))

    assert "hết hạn" in problem(answer, 401, "unauthorized")["detail"]


async def test_another_ward_is_refused_before_anything_is_looked_up(
    officer: httpx.AsyncClient,
) -> None:
    problem(await officer.get("/v1/things/of/26537"), 403, "forbidden")
    problem(await officer.get("/v1/things/of/26536"), 404, "not-found")


async def test_the_department_sees_every_ward_and_acts_for_none(
    anyone: httpx.AsyncClient, issuer: Issuer
) -> None:
    for role in ("reviewer", "department_leader", "operator", "system"):
        caller = as_(role, issuer)
        problem(await anyone.get("/v1/things/of/26537", headers=caller), 404, "not-found")
        problem(await anyone.put("/v1/things/of/26537", headers=caller), 403, "forbidden")
    caller = as_("ward_leader", issuer, "26537")
    assert (await anyone.put("/v1/things/of/26537", headers=caller)).status_code == 200


async def test_a_role_is_required(officer: httpx.AsyncClient, issuer: Issuer) -> None:
    problem(await officer.get("/v1/things/review"), 403, "forbidden")
    answer = await officer.get("/v1/things/review", headers=as_("reviewer", issuer))
    assert answer.json() == "reviewer"


async def test_paths_named_as_public_need_no_token(anyone: httpx.AsyncClient) -> None:
    assert (await anyone.get("/v1/things/numbered/3")).json() == "3 vi"
    for path in ("/health/live", "/metrics", "/openapi.json"):
        assert (await anyone.get(path)).status_code == 200
    problem(await anyone.get("/health"), 401, "unauthorized")
    problem(await anyone.get("/metrics/more"), 401, "unauthorized")


# Languages, conditions, ids


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "vi"),
        ("en", "en"),
        ("en-GB,en;q=0.8", "en"),
        ("vi;q=0.4, en;q=0.9", "en"),
        ("vi-VN,vi;q=0.9,en;q=0.8", "vi"),
        ("fr", "vi"),
        ("fr, en;q=0.1", "en"),
        ("en;q=0", "vi"),
        (";;q=x,,", "vi"),
    ],
)
async def test_the_caller_is_answered_in_their_language(
    officer: httpx.AsyncClient, accepted: str, language: str
) -> None:
    answer = await officer.get("/v1/nothing", headers={"Accept-Language": accepted})

    assert answer.headers["content-language"] == language
    assert (
        answer.json()["detail"]
        == {
            "vi": "Không có địa chỉ này.",
            "en": "There is nothing at this address.",
        }[language]
    )


async def test_a_read_that_changed_nothing_is_not_sent_again(officer: httpx.AsyncClient) -> None:
    first = await officer.get("/v1/things/tagged")
    tag = first.headers["etag"]

    again = await officer.get("/v1/things/tagged", headers={"If-None-Match": f'"x", W/{tag}'})

    assert (first.status_code, tag, first.headers["cache-control"]) == (
        200,
        '"r-7"',
        "private, no-cache",
    )
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


@pytest.mark.parametrize(
    ("condition", "exists", "status"),
    [
        ({}, "yes", 200),
        ({"If-Match": '"r-7"'}, "yes", 200),
        ({"If-Match": '"r-6"'}, "yes", 412),
        ({"If-Match": "*"}, "yes", 200),
        ({"If-Match": "*"}, "no", 412),
        ({"If-Match": '"r-7"'}, "no", 412),
        ({"If-None-Match": "*"}, "yes", 412),
        ({"If-None-Match": "*"}, "no", 200),
    ],
)
async def test_a_change_goes_ahead_only_on_the_state_the_caller_saw(
    officer: httpx.AsyncClient, condition: dict[str, str], exists: str, status: int
) -> None:
    answer = await officer.put("/v1/things/tagged", params={"exists": exists}, headers=condition)

    assert answer.status_code == status
    if status == 412:
        problem(answer, 412, "precondition-failed")


async def test_a_sane_request_id_is_kept_and_another_is_made(officer: httpx.AsyncClient) -> None:
    for given, kept in (("abcd-1234", True), ("x", False), ("a" * 65, False), ("a b c d e", False)):
        answer = await officer.get("/v1/things/tagged", headers={"X-Request-ID": given})
        assert (answer.headers["x-request-id"] == given) is kept


# Bad days


async def test_a_bug_is_owned_up_to_and_not_explained(officer: httpx.AsyncClient) -> None:
    answer = await officer.get("/v1/things/bug")

    body = problem(answer, 500, "internal-error")
    assert "secret" not in answer.text
    assert body["request_id"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_part_that_is_away_is_a_503_with_a_time(officer: httpx.AsyncClient) -> None:
    answer = await officer.get("/v1/things/refused")

    assert "10.1.2.3" not in answer.text
    problem(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0


async def test_unreadable_keys_are_our_fault_and_not_the_callers(
    issuer: Issuer, anyone: httpx.AsyncClient
) -> None:
    app = create_app(SERVICE, ServiceSettings(jwks="/nowhere", jwt_issuer=ISSUER))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://p") as client:
        answer = await client.get("/v1/things/tagged", headers=as_("reviewer", issuer))

    problem(answer, 503, "unavailable")
