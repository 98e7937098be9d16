"""A record as it should have been."""

from dataclasses import replace
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from sqlalchemy import Row

from chassis.batch import Batch
from chassis.operations import shelf
from chassis.records import Record
from contracts.envelope import JSON


class Correction(BaseModel):
    """What stands in the place of a record's data and headers."""

    model_config = ConfigDict(extra="forbid")

    value: Any = None
    """The event's data; without it the record's own bytes stay."""
    headers: dict[Annotated[str, Field(max_length=200)], str | None] = {}
    """Added to those of the record, or instead of them; null takes one away."""

    def applied_to(self, letter: Row[Any], new_id: UUID) -> Record:
        """The corrected record, in binary mode, with an id of its own and the old one as cause."""
        old = shelf.record(letter)
        place = f"{old.topic}/{old.partition}/{old.offset}"
        headers = {
            **self.headers,
            "content-type": JSON,
            "ce_id": str(new_id),
            "ce_causationid": str(letter.event_id or place),
        }
        kept = [(name, value) for name, value in old.headers if name not in headers]
        given = [(name, value.encode()) for name, value in headers.items() if value is not None]
        value = old.value if self.value is None else to_json(self.value)
        return replace(old, value=value, headers=(*kept, *given))


class StillFailing(Exception):
    """The corrected record cannot be applied either."""

    def __init__(self, stage: str, cause: str, error: str = "") -> None:
        super().__init__(cause)
        self.stage, self.cause, self.error = stage, cause, error

    @classmethod
    def of(cls, batch: Batch) -> Self:
        """Why the batch of the one record did nothing."""
        for letter in batch.dead:
            return cls(letter.stage, letter.cause, letter.error)
        return cls("envelope", next(iter(batch.skipped)))
