"""Whether this replica is alive, and whether work should be sent to it; with reasons."""

from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.responses import JSONResponse

from chassis import failures
from chassis.runtime import Runtime

router = APIRouter(tags=["operations"])


@router.get("/health/live", response_model=dict[str, Any])
async def live(request: Request) -> Response:
    """503 only when a restart would help: a background loop is stuck or gone."""
    runtime: Runtime = request.app.state.runtime
    stalled = [f"{name} makes no progress" for name in runtime.loops.stalled()]
    return _answer(stalled)


@router.get("/health/ready", response_model=dict[str, Any])
async def ready(request: Request) -> Response:
    """503 with the reasons while this replica should be left alone."""
    return _answer([reason async for reason in troubles(request.app.state.runtime)])


@router.get("/metrics", response_class=Response)
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
            yield f"database: {type(failures.driver(error)).__name__}"
    if runtime.ticker is not None:
        for job in runtime.ticker.failing():
            yield f"job {job} keeps failing"


async def _database(runtime: Runtime) -> AsyncIterator[str]:
    async with runtime.database.unit() as unit:
        found = await unit.session.execute(text("SELECT max(version_num) FROM alembic_version"))
        revision = found.scalar_one_or_none() or "nothing"
    # Numbers in order, so that a replica of yesterday is content with the schema of today.
    if runtime.revision is not None and revision < runtime.revision:
        yield f"database: migrated to {revision}, needs {runtime.revision}"


def _answer(reasons: list[str]) -> Response:
    status = 503 if reasons else 200
    return JSONResponse({"ok": not reasons, "reasons": reasons}, status)
