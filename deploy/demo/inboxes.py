"""The live inboxes of the wards: what each was told, and when it arrived."""

import asyncio
import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from time import perf_counter
from types import TracebackType
from typing import Any, Self

import httpx

from deploy.demo.people import Person
from deploy.demo.waiting import until_none
from deploy.local.layout import Layout

SILENCE_SECONDS = 40.0
"""A stream on which not even a sign of life comes is opened anew."""
PAUSE_SECONDS = 0.5
LOOK_SECONDS = 0.02

Notice = tuple[str, str, int]
"""Kind, report and version."""


@dataclass
class _Reader:
    """One ward's officer, and how far they have read; null before the stream says where it is."""

    person: Person
    position: str | None = None


class Inboxes:
    """Listens to every ward's stream, and goes on exactly where a stream was cut."""

    def __init__(self, layout: Layout) -> None:
        self._url = f"{layout.service_url('notification')}/v1/inbox/stream"
        self._http = httpx.AsyncClient(
            limits=httpx.Limits(max_connections=None),
            timeout=httpx.Timeout(10.0, read=SILENCE_SECONDS),
            verify=False,  # noqa: S501 - plain HTTP on the loopback
            trust_env=False,
        )
        self._readers: list[_Reader] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.arrived: dict[Notice, float] = {}
        """When each notice first came, by ``perf_counter``."""

    async def __aenter__(self) -> Self:
        """Open."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every stream."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()

    async def listen(self, people: Iterable[Person], shown: Callable[[int], None]) -> None:
        """Open a stream for each of them; returns when nothing can be missed any more."""
        self._readers = [_Reader(person) for person in people]
        self._tasks = [asyncio.create_task(self._follow(reader)) for reader in self._readers]

        async def silent() -> int:
            return sum(reader.position is None for reader in self._readers)

        await until_none(silent, "live inboxes", pause=LOOK_SECONDS, shown=shown)

    async def told(
        self, notices: Collection[Notice], shown: Callable[[int], None] = lambda _: None
    ) -> None:
        """Return when all of these have arrived."""

        async def awaited() -> int:
            return sum(notice not in self.arrived for notice in notices)

        await until_none(awaited, "notices to wards", pause=LOOK_SECONDS, shown=shown)

    async def _follow(self, reader: _Reader) -> None:
        while True:
            try:
                await self._read(reader)
            except httpx.TransportError:
                await asyncio.sleep(PAUSE_SECONDS)

    async def _read(self, reader: _Reader) -> None:
        headers = {"Authorization": f"Bearer {reader.person.token}"}
        if reader.position is not None:
            headers["Last-Event-ID"] = reader.position
        async with self._http.stream("GET", self._url, headers=headers) as response:
            if response.status_code != HTTPStatus.OK:
                await asyncio.sleep(PAUSE_SECONDS)
                return
            position = ""
            async for line in response.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "id":
                    position = value
                elif name == "data":
                    self._note(json.loads(value))
                elif not line and position:
                    reader.position = position  # only now: a cut event is sent again

    def _note(self, notice: dict[str, Any]) -> None:
        if "report_id" in notice:
            told = (notice["kind"], notice["report_id"], notice["version"])
            self.arrived.setdefault(told, perf_counter())
