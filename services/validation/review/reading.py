"""HTTP: the queue, and one report with all that is needed to decide on it."""

from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from chassis.http import Conditional, Router, Transact, content_etag, etag
from chassis.paging import Keyset, Page, Paging
from chassis.problems import not_found
from chassis.security import DEPARTMENT_LEADER, REVIEWER, Identity, requires
from chassis.unit import Unit
from services.validation.review import desk, history, queue, views
from services.validation.review.queue import Filters, Waiting
from services.validation.review.views import QueueItem, ReviewView

router = Router(prefix="/v1/reviews", tags=["reviews"])

Reader = Annotated[Identity, requires(REVIEWER, DEPARTMENT_LEADER)]
BY_AGE = Keyset(tuple[datetime, UUID])


class Summary(BaseModel):
    """What waits for reviewers, by template."""

    items: list[Waiting]


@router.get("")
async def list_reviews(
    _: Reader,
    transact: Transact,
    paging: Paging,
    conditional: Conditional,
    filters: Annotated[Filters, Query()],
) -> Page[QueueItem]:
    """Reports that wait for a person, the oldest first; or those in a given state."""
    after = BY_AGE.after(paging)

    async def read(unit: Unit) -> Page[QueueItem]:
        rows = await queue.listed(unit.session, filters, after, paging.rows)
        item = partial(QueueItem.of, now=unit.now)
        return BY_AGE.page(paging, rows, lambda row: (row["since"], row["report_id"]), item)

    page = await transact(read)
    ageless = page.model_dump_json(exclude={"items": {"__all__": {"age_seconds"}}})
    conditional.offer(etag(sha256(ageless.encode()).hexdigest()[:32]))
    return page


@router.get("/summary")
async def summarize_reviews(
    _: Reader,
    transact: Transact,
    conditional: Conditional,
    period: Annotated[str | None, Query(max_length=20)] = None,
) -> Summary:
    """How much waits on each template."""

    async def read(unit: Unit) -> Summary:
        return Summary(items=await queue.summary(unit.session, period))

    answer = await transact(read)
    conditional.offer(content_etag(answer))
    return answer


@router.get("/{report_id}")
async def get_review(
    report_id: UUID, reader: Reader, transact: Transact, conditional: Conditional
) -> ReviewView:
    """One report: content, findings, what changed, what was decided and what may be done."""

    async def read(unit: Unit) -> ReviewView:
        docket = await desk.to_read(unit, [report_id])
        report = docket.reports.get(report_id)
        if report is None:
            raise not_found()
        known = await history.before(unit.session, report)
        decisions = await history.of(unit.session, report_id)
        return views.review(docket, report, known, decisions, reader)

    answer = await transact(read)
    conditional.offer(content_etag(answer))
    return answer
