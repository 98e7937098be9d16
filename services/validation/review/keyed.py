"""Requests that are sent again: under its Idempotency-Key each gets the answer it got before."""

from datetime import timedelta
from hashlib import sha256
from typing import Final

from pydantic import BaseModel
from sqlalchemy import text

from chassis.unit import Unit

KEPT: Final = timedelta(days=30)


class KeyReused(Exception):
    """The key was used for another request."""


class Keyed:
    """One request of one person under the key they chose; without a key nothing is kept."""

    def __init__(self, subject: str, key: str | None, request: bytes) -> None:
        """``request`` is all that makes the request what it is."""
        self._subject, self._key = subject, key
        self._digest = sha256(request).hexdigest()

    async def answered(self, unit: Unit) -> str | None:
        """The answer given before, as JSON, or null: then the key is this transaction's.

        The insert waits for another transaction with the same key to end.

        Raises:
            KeyReused: it was another request that had this key.
        """
        if self._key is None:
            return None
        claimed = await unit.session.scalar(
            text("""
                INSERT INTO keyed_answer (subject, key, digest, answered_at)
                VALUES (:subject, :key, :digest, :now)
                ON CONFLICT DO NOTHING RETURNING key
            """),
            {**self._names, "digest": self._digest, "now": unit.now},
        )
        return None if claimed else await self._earlier(unit)

    async def keep(self, unit: Unit, answer: BaseModel) -> None:
        """Keep the answer for the next time; it is committed with what was done."""
        if self._key is not None:
            await unit.session.execute(
                text("""
                    UPDATE keyed_answer SET answer = CAST(:answer AS jsonb)
                    WHERE subject = :subject AND key = :key
                """),
                {**self._names, "answer": answer.model_dump_json()},
            )

    async def _earlier(self, unit: Unit) -> str | None:
        row = await unit.session.execute(
            text("""
                SELECT digest, CAST(answer AS text) FROM keyed_answer
                WHERE subject = :subject AND key = :key
            """),
            self._names,
        )
        digest, answer = row.one()
        if digest != self._digest:
            raise KeyReused
        return str(answer)

    @property
    def _names(self) -> dict[str, str | None]:
        return {"subject": self._subject, "key": self._key}


async def forget_old(unit: Unit) -> None:
    """A job: forget answers that nobody asks for any more."""
    await unit.session.execute(
        text("DELETE FROM keyed_answer WHERE answered_at < :before"), {"before": unit.now - KEPT}
    )
