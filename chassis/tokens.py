"""Whether to believe a bearer token: issuer, audience, expiry and a key of the issuer's."""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import jwt
import structlog

ALGORITHMS = ("RS256", "ES256")
LEEWAY_SECONDS = 10
KEYS_FRESH_SECONDS = 300.0
"""Keys are read again when they are this old, or when a token names an unknown one…"""
KEYS_RETRY_SECONDS = 5.0
"""…but not more often than this: anybody can make up a key's id."""

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


@dataclass(frozen=True)
class Tokens:
    """Reads the claims of tokens of one issuer for one audience."""

    issuer: str
    audience: str
    keys: Keys

    async def claims(self, token: str) -> dict[str, Any]:
        """What a token says; raises `Untrusted` or `KeysAway`."""
        try:
            key = await self.keys.find(jwt.get_unverified_header(token).get("kid"))
            if key is None:
                raise Untrusted
            return jwt.decode(
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
