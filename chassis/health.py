"""Whether this replica is alive, and whether work should be sent to it; with reasons."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis import failures
from chassis.runtime import Runtime

UNDEFINED_TABLE = "42P01"

router = APIRouter(tags=["operations"])
NUMBERS = CONTENT_TYPE_LATEST.partition(";")[0]


class Health(BaseModel):
    """``reasons`` are why not; ``notes`` tell what is away without being a reason."""

    ok: bool
    reasons: list[str]
    notes: list[str] = []


UNHEALTHY: dict[int | str, dict[str, Any]] = {
    503: {"model": Health, "description": "No, and why not."}
}


@router.get("/health/live", responses=UNHEALTHY)
async def live(request: Request, response: Response) -> Health:
    """503 only when a restart would help: a background loop is stuck or gone."""
    runtime: Runtime = request.app.state.runtime
    stalled = [f"{name} makes no turn" for name in runtime.loops.stalled()]
    alive = not stalled or runtime.stopping.is_set()
    response.status_code = 200 if alive else 503
    return Health(ok=alive, reasons=stalled)


@router.get("/health/ready", responses=UNHEALTHY)
async def ready(request: Request, response: Response) -> Health:
    """503 with the reasons while this replica should be left alone.

    Kafka away is none: what is sent is kept, and told when Kafka is back.
    """
    runtime: Runtime = request.app.state.runtime
    reasons = [reason async for reason in troubles(runtime)]
    response.status_code = 503 if reasons else 200
    return Health(ok=not reasons, reasons=reasons, notes=list(notes(runtime)))


@router.get("/metrics", response_class=Response, responses={200: {"content": {NUMBERS: {}}}})
async def metrics() -> Response:
    """Every number of this replica, for Prometheus."""
    return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def troubles(runtime: Runtime) -> AsyncIterator[str]:
    """Why this replica is not ready."""
    if runtime.stopping.is_set():
        yield "stopping"
    if runtime.has_database:
        try:
            async for reason in _database(runtime):
                yield reason
        except (*failures.OUTAGES, DBAPIError) as error:
            unmigrated = failures.sqlstate(error) == UNDEFINED_TABLE
            name = "not migrated" if unmigrated else type(failures.driver(error)).__name__
            yield f"database: {name}"
    if runtime.subscriber is not None:
        for reason in runtime.subscriber.troubles():
            yield f"consumer: {reason}"
    if runtime.ticker is not None:
        for job in runtime.ticker.failing():
            yield f"job {job} keeps failing"


def notes(runtime: Runtime) -> Iterator[str]:
    """What is away without keeping this replica from its work."""
    if runtime.subscriber is not None and not runtime.subscriber.lags():
        yield "consumer: no partition is assigned here"


async def _database(runtime: Runtime) -> AsyncIterator[str]:
    async with runtime.database.unit() as unit:
        found = await unit.session.execute(text("SELECT max(version_num) FROM alembic_version"))
        revision = found.scalar_one_or_none() or "nothing"
    # Numbers in order, so that a replica of yesterday is content with the schema of today.
    if runtime.revision is not None and revision < runtime.revision:
        yield f"database: migrated to {revision}, needs {runtime.revision}"
