"""A real client of the public API: notes what it sends and hears, and repeats what is unclear."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any, Final

import httpx

from tests.chaos.cluster import Cluster
from tests.chaos.journal import ACKNOWLEDGED, REFUSED, SENT, UNKNOWN

ANSWER_SECONDS: Final = 6.0
FIRST_PAUSE, LONGEST_PAUSE = 0.15, 2.0
NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Nobody has heard the request."""
TRY_AGAIN: Final = {429, 500, 502, 503, 504}
"""Answers that do not say whether anything was done, or ask for patience."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request: its outcome, and the last thing the service said."""

    outcome: str
    status: int = 0
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether it was acknowledged."""
        return self.outcome == ACKNOWLEDGED


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is sent each time; ``about`` is what the journal says of it.

    ``about`` is one entry, or one for each line of a bulk request.
    """

    service: str
    method: str
    path: str
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    about: tuple[Mapping[str, Any], ...] = ()


class Client:
    """One person at one screen; they do one thing at a time."""

    def __init__(self, cluster: Cluster, rng: Random, who: str, token: str) -> None:
        """``rng`` is the person's own; ``who`` their subject."""
        self.cluster, self.rng, self.who = cluster, rng, who
        self._token = token
        self.gives_up_at = float("inf")
        """On the monotonic clock; until then what is unclear is sent again."""
        self.http = httpx.AsyncClient(
            timeout=ANSWER_SECONDS,
            limits=httpx.Limits(keepalive_expiry=2),
            verify=False,  # noqa: S501 - plain HTTP on the loopback; making a context takes long
            trust_env=False,
        )

    async def read(self, service: str, path: str) -> Any:  # noqa: ANN401 - JSON
        """What a path says now; null when it cannot be had."""
        answer = await self.once(Request(service, "GET", path))
        return answer.body if answer.ok else None

    async def once(self, request: Request) -> Answer:
        """Send it once, and note nothing."""
        url = self.cluster.url(request.service, self.rng) + request.path
        headers = {"Authorization": f"Bearer {self._token}", **request.headers}
        body = request.body
        if isinstance(body, bytes):
            content: bytes | None = body
        else:
            headers["Content-Type"] = "application/json"
            content = None if body is None else json.dumps(body).encode()
        try:
            said = await self.http.request(request.method, url, content=content, headers=headers)
        except NOT_SENT:
            return Answer(REFUSED)
        except httpx.TransportError:
            return Answer(UNKNOWN)
        if said.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
            why = f"{request.method} {request.path}"
            self.cluster.journal.write("findings", what="answered 500", who=url, why=why)
        return understood(said)

    async def order(self, request: Request) -> Answer:
        """Send it until it is clear what became of it; every step is noted.

        An attempt of unknown outcome that is followed by a refusal stays unknown: what was refused
        may have been the echo of what was done.
        """
        numbers = [self.cluster.journal.number() for _ in request.about]
        self._note(request, numbers, Answer(SENT))
        unclear, pause, tries = False, FIRST_PAUSE, 0
        while True:
            answer = await self.once(request)
            tries += 1
            if answer.status and answer.status not in TRY_AGAIN:
                break
            unclear |= answer.outcome == UNKNOWN
            if monotonic() > self.gives_up_at:
                break
            await asyncio.sleep(pause * self.rng.uniform(0.5, 1))
            pause = min(2 * pause, LONGEST_PAUSE)
        if unclear and answer.outcome == REFUSED:
            answer = Answer(UNKNOWN, answer.status, answer.body, answer.headers)
        self._note(request, numbers, answer, tries)
        return answer

    def _note(
        self, request: Request, numbers: Iterable[int], answer: Answer, tries: int = 0
    ) -> None:
        parts = parted(answer, len(request.about))
        for number, about, part in zip(numbers, request.about, parts, strict=True):
            said = {"request": number, "who": self.who, "tries": tries, **outcome(part), **about}
            self.cluster.journal.write("client", **said)

    async def close(self) -> None:
        """Close the connections."""
        await self.http.aclose()


def understood(said: httpx.Response) -> Answer:
    """An answer of a service; one of many lines is a list of them."""
    lines = said.headers.get("content-type", "").startswith("application/x-ndjson")
    try:
        body = [json.loads(line) for line in said.text.splitlines()] if lines else said.json()
    except ValueError:
        return Answer(UNKNOWN, 0, said.text[:200])
    return Answer(judged(said.status_code), said.status_code, body, said.headers)


def parted(answer: Answer, count: int) -> list[Answer]:
    """The answer to each report of a request; one that has none is unknown."""
    if isinstance(answer.body, list):
        lines = answer.body
    elif answer.ok and isinstance(answer.body, dict) and "items" in answer.body:
        lines = answer.body["items"]
    else:
        return [answer] * count
    known = [Answer(judged(int(line["status"])), int(line["status"]), line) for line in lines]
    return (known + [Answer(UNKNOWN)] * count)[:count]


def judged(status: int) -> str:
    """What a status says of a request's outcome."""
    if status in TRY_AGAIN or not status:
        return UNKNOWN
    return ACKNOWLEDGED if status < FIRST_REFUSAL else REFUSED


def outcome(answer: Answer) -> dict[str, Any]:
    """What the journal keeps of an answer about one report.

    The version answered is that of a report sent; a decision is about the version it was told.
    """
    said = answer.body if isinstance(answer.body, dict) else {}
    said = said.get("review") or said.get("problem") or said
    kept = {name: said[name] for name in KEPT if name in said}
    version = {"version": kept["version"]} if answer.ok and "version" in kept else {}
    return {"outcome": answer.outcome, "status": answer.status, "answer": kept, **version}


FIRST_REFUSAL: Final = 400
KEPT: Final = (
    "type",
    "report_id",
    "version",
    "state",
    "counted_version",
    "decision_no",
    "current_version",
    "withdrawal_requested",
)
