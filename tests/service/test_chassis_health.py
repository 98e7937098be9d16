"""Readiness tells the truth, liveness is about loops only, and a database may come back."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from chassis import loops, migrate
from chassis.consumer import Listener
from chassis.service import Runtime, create_app
from chassis.settings import ServiceSettings
from chassis.ticker import Job
from chassis.unit import Unit
from contracts.catalogue import WardDefined
from deploy.local import roles
from deploy.local.issuer import AUDIENCE, ISSUER, Issuer
from deploy.local.postgres import Postgres
from tests.asking import as_, problem
from tests.bus import until
from tests.conftest import TestDatabase
from tests.probe import MIGRATIONS, SERVICE


@asynccontextmanager
async def started(app: FastAPI, issuer: Issuer) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://probe") as client,
    ):
        client.headers.update(as_("operator", issuer))
        yield client


@pytest.fixture
def settings(issuer: Issuer) -> ServiceSettings:
    return ServiceSettings(
        jwks=str(issuer.jwks), jwt_issuer=ISSUER, jwt_audience=AUDIENCE, pool_timeout=0.2
    )


async def health(client: httpx.AsyncClient, kind: str) -> tuple[int, list[str]]:
    answer = await client.get(f"/health/{kind}")
    return answer.status_code, answer.json()["reasons"]


async def test_a_replica_is_ready_once_its_schema_is_new_enough(
    database_of: Callable[..., TestDatabase], settings: ServiceSettings, issuer: Issuer
) -> None:
    database = database_of()
    chosen = settings.model_copy(update={"database_url": database.url("validation")})
    app = create_app(SERVICE, chosen)
    async with started(app, issuer) as client:
        assert await health(client, "ready") == (503, ["database: not migrated"])
        assert await health(client, "live") == (200, [])

        await migrate.upgrade(database.owner_url("validation"), "validation", MIGRATIONS)
        assert await health(client, "ready") == (200, [])

        runtime: Runtime = app.state.runtime
        runtime.revision = "0003"
        needs = ["database: migrated to 0002, needs 0003"]
        assert await health(client, "ready") == (503, needs)
        runtime.revision = "0001"  # a replica of yesterday, beside the new ones
        assert await health(client, "ready") == (200, [])

        runtime.stopping.set()
        assert await health(client, "ready") == (503, ["stopping"])


async def test_a_job_that_keeps_failing_is_a_reason(
    database_of: Callable[..., TestDatabase], settings: ServiceSettings, issuer: Issuer
) -> None:
    async def fail(_: Unit) -> None:
        raise ValueError("on purpose")

    database = database_of()
    await migrate.upgrade(database.owner_url("validation"), "validation", MIGRATIONS)
    service = replace(SERVICE, jobs=(Job("sweep", 0.01, fail),))
    chosen = settings.model_copy(update={"database_url": database.url("validation")})
    async with started(create_app(service, chosen), issuer) as client:

        async def is_said() -> bool:
            return await health(client, "ready") == (503, ["job sweep keeps failing"])

        await until(is_said)
        assert "job_failures_total" in (await client.get("/metrics")).text


async def test_a_stuck_loop_ends_liveness(
    settings: ServiceSettings, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never_turns(*_: object) -> None:
        await asyncio.Event().wait()

    service = replace(SERVICE, loops=(never_turns,))
    async with started(create_app(service, settings), issuer) as client:
        assert await health(client, "live") == (200, [])
        monkeypatch.setattr(loops, "STALLED_SECONDS", -1.0)
        monkeypatch.setattr("chassis.rate.LOOK_SECONDS", 0.0)
        status, reasons = await health(client, "live")
        assert (status, "never_turns makes no turn" in reasons) == (503, True)


async def test_the_flow_is_for_operators(
    database_of: Callable[..., TestDatabase], settings: ServiceSettings, issuer: Issuer
) -> None:
    database = database_of()
    await migrate.upgrade(database.owner_url("validation"), "validation", MIGRATIONS)
    chosen = settings.model_copy(update={"database_url": database.url("validation")})
    app = create_app(SERVICE, chosen)
    async with started(app, issuer) as client:
        runtime: Runtime = app.state.runtime

        async def leads() -> bool:
            return runtime.relay is not None and runtime.relay.leads()

        await until(leads)
        flow = (await client.get("/v1/operations/flow")).json()
        assert (flow["service"], flow["outbox_pending"], flow["lag_messages"]) == (
            "validation",
            0,
            0,
        )
        assert flow["leads"] is True
        assert set(flow["last_turns"]) == {"rate", "relay", "ticker"}
        refused = await client.get("/v1/operations/flow", headers=as_("reviewer", issuer))
        problem(refused, 403, "forbidden")


async def test_an_exhausted_pool_is_a_503_and_not_a_wait(
    database_of: Callable[..., TestDatabase], settings: ServiceSettings, issuer: Issuer
) -> None:
    database = database_of()
    await migrate.upgrade(database.owner_url("validation"), "validation", MIGRATIONS)
    update = {"database_url": database.url("validation"), "pool_size": 1}
    app = create_app(SERVICE, settings.model_copy(update=update))
    async with started(app, issuer) as client:
        runtime: Runtime = app.state.runtime
        async with runtime.database.unit() as unit:
            await unit.session.execute(text("SELECT 1"))
            answers = await asyncio.gather(*(client.get("/v1/things/kept") for _ in range(5)))
            assert await health(client, "ready") == (503, ["database: TimeoutError"])
        for answer in answers:
            problem(answer, 503, "unavailable")
        assert (await client.get("/v1/things/kept")).json() == []


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    """A server of our own, to be stopped at will."""
    with Postgres(tmp_path, durable=False) as server:
        roles.apply(server)
        yield server


async def test_a_database_that_is_away_comes_back_without_a_restart(
    postgres: Postgres, settings: ServiceSettings, issuer: Issuer
) -> None:
    await migrate.upgrade(postgres.url("validation_owner"), "validation", MIGRATIONS)
    chosen = settings.model_copy(update={"database_url": postgres.url("validation")})
    async with started(create_app(SERVICE, chosen), issuer) as client:
        assert (await client.put("/v1/things/kept/a")).status_code == 200

        await asyncio.to_thread(postgres.stop)
        for _ in range(3):
            answer = await client.put("/v1/things/kept/b")
            problem(answer, 503, "unavailable")
            assert answer.headers["retry-after"] == "2"
        status, [reason] = await health(client, "ready")
        assert (status, reason.startswith("database: ")) == (503, True)
        assert await health(client, "live") == (200, [])

        await asyncio.to_thread(postgres.start)
        assert (await client.put("/v1/things/kept/c")).status_code == 200
        assert (await client.get("/v1/things/kept")).json() == ["a", "c"]
        assert await health(client, "ready") == (200, [])


async def test_without_kafka_a_service_takes_what_it_is_sent_and_ends_in_time(
    database_of: Callable[..., TestDatabase], settings: ServiceSettings, issuer: Issuer
) -> None:
    database = database_of()
    await migrate.upgrade(database.owner_url("validation"), "validation", MIGRATIONS)
    listener = Listener("validation")
    listener.on(WardDefined)(ignore)
    update = {"database_url": database.url("validation"), "kafka_bootstrap": "127.0.0.1:1"}
    app = create_app(replace(SERVICE, listener=listener), settings.model_copy(update=update))
    async with asyncio.timeout(20), started(app, issuer) as client:
        assert (await client.put("/v1/things/kept/a")).status_code == 200
        ready = (await client.get("/health/ready")).json()
        assert ready == {
            "ok": True,
            "reasons": [],
            "notes": ["consumer: no partition is assigned here"],
        }
        flow = (await client.get("/v1/operations/flow")).json()
        assert set(flow["last_turns"]) == {"rate", "relay", "consumer", "ticker"}


async def ignore(_events: Sequence[object], _unit: Unit) -> None:
    """Hear, and do nothing."""


async def test_a_service_may_do_without_a_database(
    settings: ServiceSettings, issuer: Issuer
) -> None:
    async with started(create_app(SERVICE, settings), issuer) as client:
        assert await health(client, "ready") == (200, [])
        assert (await client.get("/v1/things/tagged")).status_code == 200


async def test_the_request_id_is_what_caused_the_work(
    database_of: Callable[..., TestDatabase], settings: ServiceSettings, issuer: Issuer
) -> None:
    database = database_of()
    await migrate.upgrade(database.owner_url("validation"), "validation", MIGRATIONS)
    chosen = settings.model_copy(update={"database_url": database.url("validation")})
    async with started(create_app(SERVICE, chosen), issuer) as client:
        answer = await client.put("/v1/things/kept/a", headers={"X-Request-ID": "abc-12345"})

    assert answer.json() == "abc-12345"
