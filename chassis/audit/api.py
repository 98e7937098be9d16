"""HTTP: what was done, for an operator."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.http import Router, Transact
from chassis.paging import Keyset, Page, Paging
from chassis.security import OPERATOR, requires
from chassis.unit import Unit

router = Router(tags=["operations"])

LAST = 2**63 - 1
BY_NUMBER = Keyset(tuple[int])


class Filters(BaseModel):
    """Which acts: on one object, such as ``report/<id>``, or by one subject."""

    object: str | None = Field(default=None, max_length=200)
    who: str | None = Field(default=None, max_length=200)


class ActView(BaseModel):
    """Who did what to what, and when; ``position`` in the chain is null until it is sealed."""

    id: int
    at: datetime
    who: str
    action: str
    object: str
    version: int | None
    correlation_id: str
    details: dict[str, Any]
    position: int | None


@router.get("/v1/audit", dependencies=[requires(OPERATOR)])
async def list_acts(
    transact: Transact, paging: Paging, filters: Annotated[Filters, Query()]
) -> Page[ActView]:
    """What people did in this service, the newest first."""
    (before,) = BY_NUMBER.after(paging) or (LAST,)

    async def read(unit: Unit) -> list[ActView]:
        rows = await unit.session.execute(
            text("""
                SELECT audit.*, position FROM audit
                LEFT JOIN audit_seal ON audit_seal.entry = audit.id
                WHERE id < :before AND (CAST(:object AS text) IS NULL OR object = :object)
                  AND (CAST(:who AS text) IS NULL OR who = :who)
                ORDER BY id DESC LIMIT :most
            """),
            {**filters.model_dump(), "before": before, "most": paging.rows},
        )
        return [ActView.model_validate(dict(row)) for row in rows.mappings()]

    return BY_NUMBER.page(paging, await transact(read), lambda act: (act.id,), lambda act: act)
