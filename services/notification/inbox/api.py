"""The inbox over HTTP: a list, a stream, read marks."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from chassis import problems
from chassis.http import Conditional, Language, Router, Transact, content_etag
from chassis.paging import Keyset, Page, Paging
from chassis.security import Caller, Identity
from chassis.unit import Unit
from services.notification import callers
from services.notification.contacts import repository as contacts
from services.notification.inbox import repository
from services.notification.inbox.domain import PERSON, ROLE, WARD, Recipient
from services.notification.inbox.notices import Item, Notice
from services.notification.inbox.repository import NOTICES, Wanted
from services.notification.streams import repository as logs
from services.notification.streams.sse import EVENT_STREAM, Reader, Resumption, runtime_of

router = Router(prefix="/v1/inbox", tags=["inbox"])

NEWEST_FIRST: Final = Keyset(tuple[int])


class Inbox(Page[Item]):
    """A page of notices, the newest first.

    ``last_event_id`` is where a stream goes on from this list without missing anything.
    """

    unread: int
    last_event_id: int


class Mark(BaseModel):
    """A notice was read; ``unread`` says how many others were not."""

    id: UUID
    read: bool
    unread: int


class Filter:
    """Which notices a list shows."""

    def __init__(
        self,
        *,
        unread: bool = False,
        kind: Annotated[str | None, Query(max_length=40)] = None,
        ward: Annotated[str | None, Query(pattern=r"^[0-9]{5}$")] = None,
        template: Annotated[str | None, Query(max_length=40)] = None,
        period: Annotated[str | None, Query(max_length=40)] = None,
    ) -> None:
        self.unread, self.kind, self.ward = unread, kind, ward
        self.template, self.period = template, period

    def wanted(self, caller: Identity) -> Wanted:
        """The caller's own notices, as filtered."""
        return Wanted(recipients(caller), caller.subject, **vars(self))


@router.get("")
async def list_notices(  # noqa: PLR0913, PLR0917 - each shapes the answer
    shown: Annotated[Filter, Depends()],
    paging: Paging,
    caller: Caller,
    language: Language,
    conditional: Conditional,
    transact: Transact,
) -> Inbox:
    """What the caller was told: their wards, their roles and they themselves.

    ``unread`` counts everything that waits to be read, whatever the filter.
    """
    wanted, after = shown.wanted(caller), NEWEST_FIRST.after(paging)

    async def read(unit: Unit) -> tuple[int, list[Notice], int]:
        await contacts.seen(unit.session, caller)
        # Before the list: a stream that starts here may repeat, but never lack.
        bounds = await logs.bounds(unit.session, NOTICES.table)
        before = after[0] if after else None
        notices = await repository.listed(unit.session, wanted, before, paging.rows)
        unread = await repository.unread(unit.session, wanted.recipients, caller.subject)
        return bounds.newest, notices, unread

    newest, notices, unread = await transact(read)
    page = NEWEST_FIRST.page(
        paging, notices, lambda notice: (notice.position,), lambda notice: notice.item(language)
    )
    inbox = Inbox(items=page.items, next=page.next, unread=unread, last_event_id=newest)
    conditional.offer(content_etag(inbox))
    return inbox


@router.get("/stream", response_class=Response, responses=EVENT_STREAM)
async def stream_notices(
    request: Request, resume: Resumption, caller: Caller, language: Language, transact: Transact
) -> Response:
    """The caller's notices as they come, as server-sent events.

    ``notice``: a new one, or a queue's that changed; ``cleared``: nothing waits there any
    more; ``reset``: what came after ``Last-Event-ID`` is no longer kept, read the list anew.
    """
    await transact(lambda unit: contacts.seen(unit.session, caller))
    audiences = tuple(recipient.audience for recipient in recipients(caller))
    reader = Reader(
        runtime_of(request), NOTICES, audiences, language, resume.position, caller.subject
    )
    return await reader.stream()


@router.post("/{notice_id}/read")
async def read_notice(notice_id: UUID, caller: Caller, transact: Transact) -> Mark:
    """Mark a notice as read by the caller; colleagues keep their own marks."""
    mine = recipients(caller)

    async def mark(unit: Unit) -> int:
        if not await repository.mark_read(unit.session, notice_id, mine, caller.subject):
            raise problems.not_found()
        return await repository.unread(unit.session, mine, caller.subject)

    return Mark(id=notice_id, read=True, unread=await transact(mark))


def recipients(caller: Identity) -> list[Recipient]:
    """As what the caller is told things: themselves, their roles, the wards they act for."""
    return [
        Recipient(PERSON, caller.subject),
        *(Recipient(ROLE, role) for role in sorted(caller.roles)),
        *(Recipient(WARD, ward) for ward in callers.wards(caller)),
    ]
