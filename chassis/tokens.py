"""Whether to believe a bearer token: issuer, audience, expiry and a key of the issuer's."""

import asyncio
import json
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from time import monotonic, time
from typing import Any, Final

import jwt
import structlog

ALGORITHMS = ("RS256", "ES256")
LEEWAY_SECONDS = 10
KEYS_FRESH_SECONDS = 300.0
"""Keys are read again when they are this old, or when a token names an unknown one…"""
KEYS_RETRY_SECONDS = 5.0
"""…but not more often than this: anybody can make up a key's id."""

KEPT: Final = 5_000
"""Tokens remembered as verified: a signature costs as much as the rest of a small request."""

log = structlog.get_logger()


class Untrusted(Exception):
    """Nobody vouches for this token, or not any more."""


class KeysAway(Exception):
    """The issuer's keys could not be read even once."""


@dataclass
class Keys:
    """The issuer's public keys by their id, from a file or an address, kept up to date."""

    source: str
    _keys: dict[str | None, jwt.PyJWK] = field(default_factory=dict)
    _read_at: float = float("-inf")
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def find(self, kid: str | None) -> jwt.PyJWK | None:
        """The key of that id, or none; raises `KeysAway`."""
        unknown_yet = kid not in self._keys and self._reading.locked()
        if unknown_yet or self._due(kid):
            async with self._reading:
                if self._due(kid):
                    await self._read()
        if not self._keys:
            raise KeysAway
        return self._keys.get(kid)

    def _due(self, kid: str | None) -> bool:
        age = monotonic() - self._read_at
        return age > KEYS_FRESH_SECONDS or (kid not in self._keys and age > KEYS_RETRY_SECONDS)

    async def _read(self) -> None:
        self._read_at = monotonic()
        try:
            found = jwt.PyJWKSet.from_dict(await asyncio.to_thread(self._load))
        except (OSError, ValueError, jwt.PyJWTError) as error:
            log.warning("signing_keys_unreadable", source=self.source, reason=str(error))
            return
        self._keys = {key.key_id: key for key in found.keys if key.algorithm_name in ALGORITHMS}

    def _load(self) -> Any:  # noqa: ANN401 - JSON; the key set checks it
        if self.source.startswith(("http://", "https://")):
            return jwt.PyJWKClient(self.source, timeout=5).fetch_data()
        return json.loads(Path(self.source).read_bytes())


@dataclass(frozen=True, slots=True)
class Verified:
    """A token whose signature and claims were found good, and by which key."""

    key: jwt.PyJWK
    claims: dict[str, Any]

    @property
    def expired(self) -> bool:
        """Whether its time is over since."""
        return bool(int(self.claims["exp"]) <= time() - LEEWAY_SECONDS)


@dataclass(frozen=True)
class Tokens:
    """Reads the claims of tokens of one issuer for one audience."""

    issuer: str
    audience: str
    keys: Keys
    _verified: OrderedDict[bytes, Verified] = field(default_factory=OrderedDict)

    async def claims(self, token: str) -> dict[str, Any]:
        """What a token says; raises `Untrusted` or `KeysAway`.

        One that was verified is believed until it expires or its key was read anew.
        """
        digest = sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known and not known.expired and await self.keys.find(known.key.key_id) is known.key:
            self._verified.move_to_end(digest)
            return known.claims
        verified = await self._verify(token)
        self._verified[digest] = verified
        if len(self._verified) > KEPT:
            self._verified.popitem(last=False)
        return verified.claims

    async def _verify(self, token: str) -> Verified:
        try:
            key = await self.keys.find(jwt.get_unverified_header(token).get("kid"))
            if key is None:
                raise Untrusted
            claims = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=self.audience,
                issuer=self.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "sub", "iss", "aud"]},
            )
        except jwt.PyJWTError as error:
            raise Untrusted from error
        return Verified(key, claims)
