"""A small service on the chassis: one endpoint for each promise that HTTP makes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path as File
from typing import Annotated

from fastapi import Path, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StrictInt
from sqlalchemy import text

from chassis import strict_json
from chassis.command import main
from chassis.http import Conditional, Language, Router, Transact, body_limit, etag
from chassis.problems import not_found
from chassis.runtime import Runtime
from chassis.security import REVIEWER, Caller, Identity, requires
from chassis.service import Service
from chassis.unit import Unit

router = Router(prefix="/v1/things", tags=["things"])
MIGRATIONS = File(__file__).parent / "probe_migrations"


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=20)
    count: StrictInt = Field(ge=0)


@router.post("")
async def send_thing(thing: Thing, caller: Caller) -> dict[str, str | int]:
    return {"name": thing.name, "count": thing.count, "by": caller.subject}


@router.get("/of/{ward}")
async def read_ward(ward: str, caller: Caller) -> None:
    caller.require_ward(ward)
    raise not_found()


@router.put("/of/{ward}")
async def write_ward(ward: str, caller: Caller) -> str:
    caller.require_own_ward(ward)
    return ward


@router.get("/review")
async def review(reviewer: Annotated[Identity, requires(REVIEWER)]) -> str:
    return reviewer.subject


@router.get("/numbered/{number}")
async def read_number(number: Annotated[int, Path(ge=1, le=9)], language: Language) -> str:
    return f"{number} {language}"


@router.get("/tagged")
async def read_tagged(conditional: Conditional) -> str:
    conditional.offer(etag("r", 7))
    return "seven"


@router.put("/tagged")
async def change_tagged(conditional: Conditional, *, exists: bool = True) -> str:
    conditional.guard(etag("r", 7) if exists else None)
    return "changed"


@router.post("/lines")
@body_limit(1024 * 1024)
async def send_lines(request: Request) -> int:
    lines = 0
    async for piece in request.stream():
        lines += piece.count(b"\n")
    return lines


@router.post("/one-line")
async def send_line(request: Request) -> Response:
    found = strict_json.read(await request.body())
    return Response(f"{found}\n", media_type="application/x-ndjson")


@router.get("/bug")
async def fail() -> None:
    raise ZeroDivisionError("secret of the house")


@router.get("/refused")
async def refuse() -> None:
    raise ConnectionRefusedError("no route to 10.1.2.3")


@router.get("/kept")
async def read_kept(transact: Transact) -> list[str]:
    async def names(unit: Unit) -> list[str]:
        found = await unit.session.execute(text("SELECT name FROM thing ORDER BY name"))
        return list(found.scalars())

    return await transact(names)


@router.put("/kept/{name}")
async def keep_thing(name: str, transact: Transact) -> str:
    async def insert(unit: Unit) -> str:
        await unit.session.execute(text("INSERT INTO thing (name) VALUES (:name)"), {"name": name})
        return unit.correlation_id

    return await transact(insert)


@router.get("/stream")
async def stream(request: Request) -> StreamingResponse:
    runtime: Runtime = request.app.state.runtime

    async def ticks() -> AsyncIterator[str]:
        yield ": open\n\n"
        await runtime.stopping.wait()
        yield "event: closing\ndata: {}\n\n"

    return StreamingResponse(ticks(), media_type="text/event-stream")


@router.get("/slow")
async def answer_slowly() -> str:
    await asyncio.sleep(1)
    return "done"


async def count_things(runtime: Runtime, arguments: list[str]) -> None:
    """Say how many things are kept."""
    async with runtime.database.unit() as unit:
        found = await unit.session.execute(text("SELECT count(*) FROM thing"))
        print(arguments, found.scalar_one())  # noqa: T201 - a command prints


SERVICE = Service(
    name="validation",
    title="Probe",
    description="What the tests of the chassis call.",
    routers=(router,),
    public=("/v1/things/numbered/",),
    migrations=MIGRATIONS,
    commands={"count": count_things},
)

if __name__ == "__main__":
    main(SERVICE)
