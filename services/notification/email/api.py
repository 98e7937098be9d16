"""Deliveries over HTTP."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from chassis.http import Router, Transact
from chassis.paging import Keyset, Page, Paging
from chassis.security import OPERATOR, Identity, requires
from chassis.unit import Unit
from services.notification.contacts.domain import masked
from services.notification.email import ledger

router = Router(prefix="/v1/deliveries", tags=["deliveries"])

NEWEST_FIRST: Final = Keyset(tuple[UUID])


class Delivery(BaseModel):
    """A message on its way to a person, of whom no more is shown than whose server it goes to.

    ``state``: ``pending``, ``sent``, ``failed`` or ``dropped`` (no longer wanted).
    """

    id: UUID
    event_id: UUID
    channel: str
    kind: str
    ward: str
    template: str
    period: str
    address: str | None
    state: str
    attempts: int
    next_attempt_at: datetime | None
    recorded_at: datetime
    ended_at: datetime | None
    last_error: str | None


class Deliveries(Page[Delivery]):
    """A page of deliveries, the newest first; ``counts`` are of all there are, by state."""

    counts: dict[str, int]


@router.get("")
async def list_deliveries(
    paging: Paging,
    transact: Transact,
    _: Annotated[Identity, requires(OPERATOR)],
    state: Annotated[str | None, Query(max_length=40)] = None,
    ward: Annotated[str | None, Query(pattern=r"^[0-9]{5}$")] = None,
) -> Deliveries:
    """What is to be sent, was sent, and could not be sent."""
    after = NEWEST_FIRST.after(paging)

    async def read(unit: Unit) -> tuple[list[ledger.Delivery], dict[str, int]]:
        before = after[0] if after else None
        rows = await ledger.listed(unit.session, state, ward, before, paging.rows)
        return rows, await ledger.counts(unit.session)

    rows, counts = await transact(read)
    page = NEWEST_FIRST.page(paging, rows, lambda row: (row.id,), _shown)
    return Deliveries(items=page.items, next=page.next, counts=counts)


def _shown(row: ledger.Delivery) -> Delivery:
    return Delivery(
        id=row.id,
        event_id=row.event_id,
        channel=row.channel,
        kind=row.kind,
        ward=row.ward_code,
        template=row.template_code,
        period=row.period_code,
        address=masked(row.email),
        state=row.state,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at if row.state == "pending" else None,
        recorded_at=row.recorded_at,
        ended_at=row.ended_at,
        last_error=row.last_error,
    )
