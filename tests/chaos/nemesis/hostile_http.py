"""Faults of callers: requests that nobody should make, while everybody else goes on."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final

import httpx
import jwt

from deploy.local.issuer import AUDIENCE, ISSUER, Issuer
from tests.chaos.cluster import Cluster
from tests.chaos.nemesis.fault import ON_HTTP, Fault, Notes
from tests.chaos.nemesis.processes import running
from tests.chaos.replica import Replica

REQUESTS: Final = 80
PATIENCE_SECONDS: Final = 15.0
SLOW_CONNECTIONS: Final = 20
SLOW_TURNS, SLOW_TURN_SECONDS = 8, 0.5
AWAY: Final = 503
OTHER_WARD, WARD = "26734", "26536"
REPORT: Final = f"/v1/reports/{WARD}/DXT/2026-05"
REVIEW: Final = "/v1/reviews/6f6b6f0e-9d1c-5f2a-8a54-3b1f4c1f7d10/approve"
PATHS: Final[dict[str, tuple[tuple[str, str, str], ...]]] = {
    "submission": (
        ("PUT", REPORT, "ward_officer"),
        ("DELETE", REPORT, "ward_officer"),
        ("GET", "/v1/reports", "ward_officer"),
        ("POST", "/v1/reports:bulk", "ward_officer"),
    ),
    "validation": (
        ("POST", "/v1/checks", "ward_officer"),
        ("POST", REVIEW, "reviewer"),
        ("POST", "/v1/reviews:approve", "reviewer"),
    ),
    "aggregation": (
        ("GET", "/v1/figures/DXT/2026-05", "department_leader"),
        ("GET", "/v1/completeness", "department_leader"),
    ),
    "notification": (
        ("GET", "/v1/inbox", "ward_officer"),
        ("PUT", "/v1/contacts/me", "ward_officer"),
        ("GET", "/v1/inbox/stream", "ward_officer"),
    ),
}
BODIES: Final[tuple[bytes, ...]] = (
    b"",
    b"null",
    b"{",
    b"[" * 100_000,
    b'{"a":' * 10_000,
    b"\xff\xfe",
    b'{"values":{"dxt01":NaN}}',
    b'{"values":{"dxt01":' + b"9" * 5_000 + b"}}",
    b'{"values":{"dxt01":"\\u0000"},"version":1}',
    b'{"values":{"dxt01":"\\ud800"},"version":1}',
    b"x" * 300_000,
    b"\x1f\x8b" + bytes(1_000),
)
PLACES: Final = (
    "/v1/reports/%00/DXT/2026-05",
    "/v1/reports/" + "9" * 8_000 + "/DXT/2026-05",
    "/v1/reports/..%2f..%2fetc/DXT/2026-05",
    "/v1/reviews/not-a-uuid",
    "/v1/figures/%F0%9F%92%A3/2026-05",
    "/v1/inbox?limit=-1",
    "/v1/inbox?cursor=%FF%FE",
    "/v1/dead-letters/99999999999999999999999",
)
ODD: Final = {"Content-Type": "application/json; charset=utf-16", "X-Request-ID": "\x7f" * 200}
WHO: Final = "hostile"
METHODS: Final = ("PATCH", "TRACE", "OPTIONS", "PROPFIND", "POST", "PUT", "DELETE", "HEAD")


@dataclass(frozen=True)
class Attempt:
    """One request; what a ``stranger`` asks must be refused, whatever it is."""

    method: str
    path: str
    token: str = ""
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    stranger: bool = False

    async def answered(self, http: httpx.AsyncClient, url: str) -> int | None:
        """The answer's status; None when there is none."""
        headers = {"Content-Type": "application/json", **self.headers}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        call = http.stream(self.method, url + self.path, content=self.body, headers=headers)
        try:
            async with call as answer:
                return answer.status_code
        except httpx.TransportError:
            return None


async def hostile_http(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """Bodies, tokens, methods and addresses that are wrong; none may be a fault of ours."""
    statuses: Counter[str] = Counter()
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        for service, attempt in rng.sample(list(attempts(cluster.issuer)), REQUESTS):
            url = cluster.url(service, rng)
            status = await attempt.answered(http, url)
            statuses[str(status)] += 1
            if is_wrong(attempt, status):
                what = f"{attempt.method} {attempt.path[:80]} {attempt.body[:40]!r}"
                cluster.journal.write("findings", what=f"answered {status}", who=url, why=what)
    notes.say("all services", **statuses)


def is_wrong(attempt: Attempt, status: int | None) -> bool:
    """Whether a service may not answer this so."""
    if status is None or status == AWAY or 400 <= status < 500:
        return False
    return status >= 500 or attempt.stranger


def attempts(issuer: Issuer) -> Iterator[tuple[str, Attempt]]:
    """Every attempt, and on which service."""
    for service, routes in PATHS.items():
        for method, path, role in routes:
            for token in ("", *bad_tokens(issuer, role)):
                yield service, Attempt(method, path, token, stranger=True)
            for body in BODIES if method in {"PUT", "POST"} else ():
                yield service, Attempt(method, path, issuer.sign(role, [OTHER_WARD], WHO), body)
                yield service, Attempt(method, path, issuer.sign(role, [WARD], WHO), body, ODD)
            for other in METHODS:
                yield service, Attempt(other, path, stranger=True)
        for path in PLACES:
            yield service, Attempt("GET", path, issuer.sign("operator", subject=WHO))


def bad_tokens(issuer: Issuer, role: str) -> Iterator[str]:
    """Tokens that nobody may believe."""
    claims: dict[str, Any] = {"iss": ISSUER, "aud": AUDIENCE, "sub": "x", "roles": [role]}
    claims |= {"wards": [WARD], "iat": 0, "exp": 2**33}
    key, kid = "k" * 64, {"kid": issuer.key_id}
    yield issuer.sign(role, [WARD], lifetime=timedelta(seconds=-120))
    yield jwt.encode(claims, "", "none", headers=kid)
    yield jwt.encode(claims, key, "HS256", headers=kid)
    yield jwt.encode(
        claims, "x" + issuer.jwks.read_text(), "HS256", headers={"kid": "../../etc/passwd"}
    )
    yield issuer.sign(role, [WARD])[:-4] + "AAAA"
    yield "." * 10_000


async def slow_loris(cluster: Cluster, rng: Random, notes: Notes) -> None:
    """Connections that say a little now and then; others are answered all the while."""
    victim = rng.choice(running(cluster))
    notes.say(victim.name)
    crawling = [asyncio.create_task(_crawl(victim, rng)) for _ in range(SLOW_CONNECTIONS)]
    answered = [ok async for ok in _asked(victim)]
    await asyncio.gather(*crawling)
    notes.say(answered=sum(answered), asked=len(answered))


async def _asked(victim: Replica) -> AsyncIterator[bool]:
    for _ in range(SLOW_TURNS):
        yield await asyncio.to_thread(victim.answers)
        await asyncio.sleep(SLOW_TURN_SECONDS)


async def _crawl(victim: Replica, rng: Random) -> None:
    """A request of which a line comes every half second; half of them announce a body."""
    with suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", victim.port)
        try:
            writer.write(f"PUT {REPORT} HTTP/1.1\r\nHost: x\r\n".encode())
            if rng.random() < 0.5:
                writer.write(b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n")
            for turn in range(SLOW_TURNS):
                writer.write(f"X-{turn}: 1\r\n".encode())
                await writer.drain()
                await asyncio.sleep(SLOW_TURN_SECONDS)
        finally:
            writer.close()


FAULTS: Final = (
    Fault("hostile-http", 4, hostile_http, seconds=8, touches=ON_HTTP),
    Fault("slow-loris", 2, slow_loris, seconds=5, touches=ON_HTTP),
)
