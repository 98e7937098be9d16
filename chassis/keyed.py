"""Requests that are sent again: under its Idempotency-Key each gets the answer it got before."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Final, TypeVar

from fastapi import Header
from pydantic import BaseModel
from sqlalchemy import Column, DateTime, Index, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from chassis.problems import Problem
from chassis.ticker import Job
from chassis.unit import Unit
from contracts import template

A = TypeVar("A", bound=BaseModel)

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]
"""An endpoint's parameter: the key that the caller chose for this request, if any."""

KEPT: Final = timedelta(days=30)
REUSED: Final = template.Text(
    vi="Khóa Idempotency-Key này đã dùng cho một yêu cầu khác.",
    en="This Idempotency-Key was used for another request.",
)


class Keyed:
    """One request of one person under the key they chose; without a key nothing is kept."""

    def __init__(self, subject: str, key: str | None, request: bytes) -> None:
        """``request`` is all that makes the request what it is."""
        self._names = {"subject": subject, "key": key}
        self._digest = sha256(request).hexdigest()

    async def once(self, unit: Unit, kind: type[A], work: Callable[[Unit], Awaitable[A]]) -> A:
        """The answer given before, or what ``work`` answers now: that is kept with what it did.

        Raises:
            Problem: 422 ``idempotency-key-reused``: it was another request that had this key.
        """
        if self._names["key"] is None:
            return await work(unit)
        if not await self._claimed(unit):
            return kind.model_validate_json(await self._earlier(unit))
        answer = await work(unit)
        await self._keep(unit, answer)
        return answer

    async def _claimed(self, unit: Unit) -> bool:
        """Whether the key is this transaction's; another one with the same is waited for."""
        claimed = await unit.session.scalar(
            text("""
                INSERT INTO keyed_answer (subject, key, digest, answered_at)
                VALUES (:subject, :key, :digest, :now)
                ON CONFLICT DO NOTHING RETURNING key
            """),
            {**self._names, "digest": self._digest, "now": unit.now},
        )
        return claimed is not None

    async def _earlier(self, unit: Unit) -> str:
        row = await unit.session.execute(
            text("""
                SELECT digest, CAST(answer AS text) FROM keyed_answer
                WHERE subject = :subject AND key = :key
            """),
            self._names,
        )
        digest, answer = row.one()
        if digest != self._digest:
            raise Problem(422, "idempotency-key-reused", REUSED)
        return str(answer)

    async def _keep(self, unit: Unit, answer: BaseModel) -> None:
        await unit.session.execute(
            text("""
                UPDATE keyed_answer SET answer = CAST(:answer AS jsonb)
                WHERE subject = :subject AND key = :key
            """),
            {**self._names, "answer": answer.model_dump_json()},
        )


async def forget_old(unit: Unit) -> None:
    """Forget answers that nobody asks for any more."""
    await unit.session.execute(
        text("DELETE FROM keyed_answer WHERE answered_at < :before"), {"before": unit.now - KEPT}
    )


FORGETTING: Final = Job("keyed-answers-purge", seconds=86_400, run=forget_old)
"""A job of every service that keeps such answers."""


def declare(metadata: MetaData, schema: str) -> None:
    """Name the table of ``sql/keyed_v1.sql`` for the comparison of models with migrations."""
    Table(
        "keyed_answer",
        metadata,
        Column("subject", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("digest", Text, nullable=False),
        Column("answer", JSONB),
        Column("answered_at", DateTime(timezone=True), nullable=False),
        Index("keyed_answer_age", "answered_at"),
        schema=schema,
    )
