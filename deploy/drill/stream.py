"""A live stream: wards that send, a reviewer who decides, and a log of what they were told."""

import asyncio
import itertools
import json
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Self
from uuid import uuid4

from contracts.period import Period
from deploy.demo.api import Answer, Api
from deploy.demo.reports import MARK, sound_report
from deploy.demo.scene import Ward
from deploy.drill.line import Line

TEMPLATE, PERIOD = "DXT", Period.parse("2025-08", "HC_15_14")
"""Which reports the stream is about; the demo month begins later."""
CLIENTS = 3
PAUSE_SECONDS = 0.1
LOOK_SECONDS = 1.0
PATIENCE_SECONDS = 600.0
"""Clients outlast a restore, however slow the machine is."""
REVOKED_OF = 10
"""Of so many approved reports one approval is revoked."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """One version that a ward was told is kept."""

    at: str
    ward: str
    report_id: str
    version: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision that a reviewer was told is made."""

    at: str
    report_id: str
    action: str
    version: int
    decision_no: int


class Stream:
    """Sends and decides until it is stopped; the log is written as answers come."""

    def __init__(self, line: Line, wards: Iterable[Ward]) -> None:
        self._layout, self._people = line.layout, line.people
        self._log = line.layout.data / "log" / "acknowledged.jsonl"
        self._wards = itertools.cycle(wards)
        self._seeds = itertools.count(1000)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="stream")
        self._failure: BaseException | None = None
        self.acknowledged: list[Acknowledged] = []
        self.decided: list[Decided] = []

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End; what is under way may still be answered."""
        self.stop()

    def stop(self) -> None:
        """Send nothing new, wait for the answers; raises what went wrong."""
        self._stopping.set()
        self._thread.join()
        if self._failure:
            failure, self._failure = self._failure, None
            raise failure

    async def _run(self) -> None:
        try:
            async with self._api() as api, asyncio.TaskGroup() as tasks:
                for _ in range(CLIENTS):
                    tasks.create_task(self._send(api))
                tasks.create_task(self._review(api))
        except BaseExceptionGroup as group:
            self._failure = group.exceptions[0]

    def _api(self) -> Api:
        return Api(self._layout, CLIENTS + 1, patience=PATIENCE_SECONDS)

    async def _send(self, api: Api) -> None:
        while not self._stopping.is_set():
            ward = next(self._wards)
            body = sound_report(ward, TEMPLATE, PERIOD, next(self._seeds))
            where = f"submission/v1/reports/{ward.code}/{TEMPLATE}/{PERIOD.code}"
            told = (await api.ask(self._people.officer(ward.code), "PUT", where, body)).body
            sent = Acknowledged(_now(), ward.code, told["report_id"], told["version"], body)
            self._note(self.acknowledged, sent)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _review(self, api: Api) -> None:
        where = f"validation/v1/reviews?template={TEMPLATE}&period={PERIOD.code}&state=in-review"
        while not self._stopping.is_set():
            answer = await api.ask(self._people.reviewer, "GET", f"{where}&limit=40")
            items = [
                {"report_id": item["report_id"], "version": item["version"]}
                for item in answer.body["items"]
            ]
            if items:
                await self._approve(api, items)
            await asyncio.sleep(LOOK_SECONDS)

    async def _approve(self, api: Api, items: list[dict[str, Any]]) -> None:
        body = {"items": items, "note": MARK}
        answer = await self._order(api, "validation/v1/reviews:approve", body)
        for place, item in enumerate(answer.body["items"]):
            if item["status"] != HTTPStatus.OK:
                continue  # a newer version came meanwhile
            self._decided("approved", item["review"])
            if place % REVOKED_OF == 0:
                await self._revoke(api, item["review"])

    async def _revoke(self, api: Api, review: dict[str, Any]) -> None:
        where = f"validation/v1/reviews/{review['report_id']}/revoke"
        body = {"version": review["version"], "code": "inconsistent", "note": MARK}
        answer = await self._order(api, where, body)
        if answer.status == HTTPStatus.OK:
            self._decided("approval-revoked", answer.body)

    async def _order(self, api: Api, where: str, body: object) -> Answer:
        key = {"Idempotency-Key": uuid4().hex}
        accept = (HTTPStatus.OK, HTTPStatus.CONFLICT)
        return await api.ask(self._people.reviewer, "POST", where, body, headers=key, accept=accept)

    def _decided(self, action: str, review: dict[str, Any]) -> None:
        version, number = review["version"], review["decision_no"]
        self._note(self.decided, Decided(_now(), review["report_id"], action, version, number))

    def _note(self, notes: list[Any], note: Acknowledged | Decided) -> None:
        notes.append(note)
        with self._log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(asdict(note), ensure_ascii=False) + "\n")


def _now() -> str:
    return datetime.now(UTC).isoformat()
