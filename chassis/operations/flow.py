"""What this replica is and how the line flows through it, for programs and those who watch."""

from importlib.resources import files
from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import BaseModel

from chassis import clock, outbox, problems
from chassis.http import Router, Transact
from chassis.runtime import Runtime
from chassis.security import OPERATOR, requires

router = Router(tags=["operations"])
SCHEMAS = files("contracts") / "schemas"
SCHEMA_JSON = "application/schema+json"


class Flow(BaseModel):
    """What waits on its way out of this service and on its way in; ages in seconds."""

    service: str
    version: str
    leads: bool
    """Whether this replica tells the service's events and runs its jobs."""
    outbox_pending: int
    outbox_oldest_age: float
    outbox_refused: int
    """Events the broker refused for good; an operator must look."""
    lag_messages: int
    lag_seconds: float
    handled_last_minute: int
    """Of this replica, like the two above."""
    last_turns: dict[str, float]
    """Since each background loop last made a turn."""


@router.get("/v1/operations/flow", dependencies=[requires(OPERATOR)])
async def read_flow(request: Request, transact: Transact) -> Flow:
    """How far this service is behind with telling and with hearing."""
    runtime: Runtime = request.app.state.runtime
    waiting = await transact(lambda unit: outbox.backlog(unit.session))
    lags = runtime.subscriber.lags() if runtime.subscriber else []
    oldest = waiting.oldest or clock.now()
    return Flow(
        service=runtime.service,
        version=runtime.settings.version,
        leads=runtime.relay is not None and runtime.relay.leads(),
        outbox_pending=waiting.pending,
        outbox_oldest_age=max(0.0, (clock.now() - oldest).total_seconds()),
        outbox_refused=waiting.refused,
        lag_messages=sum(lag.messages for lag in lags),
        lag_seconds=max((lag.seconds for lag in lags), default=0.0),
        handled_last_minute=runtime.handled.last_minute(),
        last_turns=runtime.loops.ages(),
    )


@router.get(
    "/schemas/{file}", response_class=Response, responses={200: {"content": {SCHEMA_JSON: {}}}}
)
async def read_schema(file: Annotated[str, Path(pattern=r"^[a-z0-9.-]+\.json$")]) -> Response:
    """The JSON Schema of a type of event: ``wardline.report.submitted.v1.schema.json``."""
    schema = SCHEMAS / file
    if not schema.is_file():
        raise problems.not_found()
    return Response(
        schema.read_bytes(),
        headers={"Cache-Control": "public, max-age=3600"},
        media_type=SCHEMA_JSON,
    )
