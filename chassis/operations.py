"""What this replica is and how the line flows through it, for programs and those who watch."""

from datetime import datetime
from importlib.resources import files
from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import BaseModel

from chassis import outbox, problems
from chassis.http import Router, Transact
from chassis.runtime import Runtime
from chassis.security import OPERATOR, requires

router = Router(tags=["operations"])
SCHEMAS = files("contracts") / "schemas"


class Flow(BaseModel):
    """What waits on its way out and on its way in; times in seconds."""

    service: str
    version: str
    outbox_pending: int
    outbox_oldest: datetime | None
    outbox_refused: int


@router.get("/v1/operations/flow", dependencies=[requires(OPERATOR)])
async def read_flow(request: Request, transact: Transact) -> Flow:
    """How far this service is behind with telling and with hearing."""
    runtime: Runtime = request.app.state.runtime
    waiting = await transact(lambda unit: outbox.backlog(unit.session))
    return Flow(
        service=runtime.service,
        version=runtime.settings.version,
        outbox_pending=waiting.pending,
        outbox_oldest=waiting.oldest,
        outbox_refused=waiting.refused,
    )


@router.get("/schemas/{file}", response_class=Response)
async def read_schema(file: Annotated[str, Path(pattern=r"^[a-z0-9.-]+\.json$")]) -> Response:
    """The JSON Schema of a type of event: ``wardline.report.submitted.v1.schema.json``."""
    schema = SCHEMAS / file
    if not schema.is_file():
        raise problems.not_found()
    return Response(
        schema.read_bytes(),
        headers={"Cache-Control": "public, max-age=3600"},
        media_type="application/schema+json",
    )
