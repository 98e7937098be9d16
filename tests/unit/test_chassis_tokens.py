"""Which tokens are believed."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from chassis import tokens
from chassis.tokens import Keys, KeysAway, Tokens, Untrusted

EC = ec.generate_private_key(ec.SECP256R1())
OTHER_EC = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SHARED = "k" * 32
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Claim = str | int | list[str] | datetime | None


def published(*more: dict[str, str], **keys: PrivateKey) -> str:
    """The set of public keys as an issuer serves it."""
    found = [*more]
    for kid, key in keys.items():
        if isinstance(key, rsa.RSAPrivateKey):
            public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        else:
            public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        found.append(public | {"kid": kid})
    return json.dumps({"keys": found})


def sign(
    key: PrivateKey | str = EC, algorithm: str = "ES256", kid: str | None = "ec", **claims: Claim
) -> str:
    """A token; a claim that is None is left out."""
    now = datetime.now(UTC)
    usual = {"iss": "city", "aud": "wardline", "sub": "s1", "exp": now + timedelta(hours=1)}
    said = {name: value for name, value in (usual | claims).items() if value is not None}
    return jwt.encode(said, key, algorithm, headers={"kid": kid} if kid else {})


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "jwks.json"
    secret = {"kid": "secret", "kty": "oct", "k": "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s"}
    path.write_text(published(secret, ec=EC, rsa=RSA))
    return path


@pytest.fixture
def replace_keys(key_file: Path) -> Callable[[str], int]:
    return key_file.write_text


@pytest.fixture
def trust(key_file: Path) -> Tokens:
    return Tokens("city", "wardline", Keys(str(key_file)))


async def test_tokens_of_both_kinds_are_believed(trust: Tokens) -> None:
    assert (await trust.claims(sign()))["sub"] == "s1"
    assert (await trust.claims(sign(RSA, "RS256", "rsa")))["sub"] == "s1"
    assert await trust.claims(sign(aud=["portal", "wardline"]))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        "ộ.ộ.ộ",
        jwt.encode({"sub": "s1"}, "", "none", headers={"kid": "ec"}),
        sign(SHARED, "HS256", "ec"),
        sign(SHARED, "HS256", "secret"),
        sign(RSA, "RS256", "ec"),
        sign(RSA, "PS256", "rsa"),
        sign(RSA, "RS512", "rsa"),
        sign(OTHER_EC),
        sign(kid="unknown"),
        sign(kid=None),
        sign(exp=datetime.now(UTC) - timedelta(seconds=30)),
        sign(nbf=datetime.now(UTC) + timedelta(days=1)),
        sign(exp=None),
        sign(sub=None),
        sign(sub=7),
        sign(aud="portal"),
        sign(aud=None),
        sign(iss="elsewhere"),
        sign(iss=None),
        sign()[:-6] + "AAAAAA",
    ],
)
async def test_other_tokens_are_not(trust: Tokens, token: str) -> None:
    with pytest.raises(Untrusted):
        await trust.claims(token)


async def test_a_few_seconds_between_two_clocks_are_forgiven(trust: Tokens) -> None:
    assert await trust.claims(sign(exp=datetime.now(UTC) - timedelta(seconds=3)))


async def test_a_new_key_is_found_and_an_old_one_forgotten(
    trust: Tokens, replace_keys: Callable[[str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    await trust.claims(sign())
    replace_keys(published(next=OTHER_EC))
    monkeypatch.setattr(tokens, "KEYS_RETRY_SECONDS", 0.0)

    assert await trust.claims(sign(OTHER_EC, kid="next"))
    with pytest.raises(Untrusted):
        await trust.claims(sign())


async def test_a_token_that_was_believed_is_not_once_its_key_is_gone(
    trust: Tokens, replace_keys: Callable[[str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = sign()
    assert await trust.claims(token) == await trust.claims(token)
    replace_keys(published(next=OTHER_EC))
    monkeypatch.setattr(tokens, "KEYS_FRESH_SECONDS", 0.0)

    with pytest.raises(Untrusted):
        await trust.claims(token)


async def test_a_token_that_was_believed_is_not_once_another_key_has_its_id(
    trust: Tokens, replace_keys: Callable[[str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = sign()
    await trust.claims(token)
    replace_keys(published(ec=OTHER_EC))
    monkeypatch.setattr(tokens, "KEYS_FRESH_SECONDS", 0.0)

    with pytest.raises(Untrusted):
        await trust.claims(token)


async def test_a_token_that_was_believed_is_not_once_it_has_expired(
    trust: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = sign()
    await trust.claims(token)
    monkeypatch.setattr(tokens, "LEEWAY_SECONDS", -3_700)

    with pytest.raises(Untrusted):
        await trust.claims(token)


async def test_no_more_tokens_are_remembered_than_fit(
    trust: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "KEPT", 2)
    signed = [sign(sub=str(n)) for n in range(4)]

    said = [(await trust.claims(token))["sub"] for token in signed * 2]

    assert said == ["0", "1", "2", "3"] * 2


async def test_made_up_key_ids_do_not_make_us_read_keys_all_the_time(
    trust: Tokens, replace_keys: Callable[[str], int]
) -> None:
    await trust.claims(sign())
    replace_keys(published(next=OTHER_EC))

    with pytest.raises(Untrusted):
        await trust.claims(sign(OTHER_EC, kid="next"))


async def test_known_keys_outlive_an_issuer_that_is_away(
    trust: Tokens, replace_keys: Callable[[str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    await trust.claims(sign())
    replace_keys("{}")
    monkeypatch.setattr(tokens, "KEYS_FRESH_SECONDS", 0.0)

    assert await trust.claims(sign())


async def test_without_any_key_nobody_can_tell(
    tmp_path: Path, trust: Tokens, replace_keys: Callable[[str], int]
) -> None:
    with pytest.raises(KeysAway):
        await Tokens("city", "wardline", Keys(str(tmp_path / "none.json"))).claims(sign())
    replace_keys("{")
    with pytest.raises(KeysAway):
        await trust.claims(sign())


class Published(BaseHTTPRequestHandler):
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(published(ec=EC).encode())

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture
def key_server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Published) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/jwks.json"
        server.shutdown()
        thread.join()


async def test_keys_are_asked_for_once_by_many_at_a_time(key_server: str) -> None:
    trust = Tokens("city", "wardline", Keys(key_server))

    await asyncio.gather(*(trust.claims(sign()) for _ in range(20)))

    assert Published.asked == 1
