"""The local identity provider: a key made at first start, tokens signed on demand.

Services trust it only because the local stack's settings name its JWKS file.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import ECAlgorithm

ALGORITHM = "ES256"
ISSUER = "wardline-local"
AUDIENCE = "wardline"
A_DAY = timedelta(days=1)


class Issuer:
    """Signs tokens with the key in ``<data>/issuer``, making it when there is none."""

    def __init__(self, data: Path) -> None:
        self.directory = data.resolve() / "issuer"
        self.jwks = self.directory / "jwks.json"
        self._key = self._read_or_make_key()
        public = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        thumbprint = hashlib.sha256(json.dumps(public, sort_keys=True).encode()).hexdigest()
        self.key_id = thumbprint[:16]
        described = public | {"kid": self.key_id, "alg": ALGORITHM, "use": "sig"}
        self._publish(json.dumps({"keys": [described]}))

    def sign(
        self,
        role: str,
        wards: Iterable[str] = (),
        subject: str | None = None,
        lifetime: timedelta = A_DAY,
        *,
        also: Iterable[str] = (),
    ) -> str:
        """A bearer token for a person with the role, and ``also`` others, in these wards.

        The subject is named after role and wards when none is given; a lifetime below zero makes a
        token that has expired.
        """
        wards, now = list(wards), datetime.now(UTC)
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject or "-".join([role, *wards]),
            "roles": [role, *also],
            "wards": wards,
            "iat": now,
            "exp": now + lifetime,
        }
        return jwt.encode(claims, self._key, ALGORITHM, headers={"kid": self.key_id})

    def _publish(self, key_set: str) -> None:
        if not self.jwks.exists() or self.jwks.read_text(encoding="utf-8") != key_set:
            unfinished = self.jwks.with_suffix(".new")
            unfinished.write_text(key_set, encoding="utf-8")
            unfinished.replace(self.jwks)  # whoever reads it meanwhile reads a whole one

    def _read_or_make_key(self) -> ec.EllipticCurvePrivateKey:
        path = self.directory / "key.pem"
        if not path.exists():
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            key = ec.generate_private_key(ec.SECP256R1())
            path.touch(mode=0o600)
            path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        found = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(found, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{path} is no elliptic-curve key")
        return found
