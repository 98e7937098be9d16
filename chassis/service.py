"""A service: what it is made of, and the application that runs it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType

from fastapi import FastAPI
from sqlalchemy import QueuePool
from starlette.middleware import Middleware

from chassis import health, inbox, metrics, openapi, refusals
from chassis.audit import api as audit_api
from chassis.audit import chain
from chassis.consumer import Listener
from chassis.database import Database
from chassis.edge import Edge
from chassis.http import Router
from chassis.limits import Limits
from chassis.loops import Loop, Loops
from chassis.operations import api as dead_letters_api
from chassis.operations import flow, shelf
from chassis.operations.own_topics import Told
from chassis.operations.retelling import Part
from chassis.pulse import Pulse
from chassis.relay import Relay
from chassis.runtime import Runtime
from chassis.security import Guard
from chassis.settings import ServiceSettings, load
from chassis.subscriber import Subscriber
from chassis.ticker import Job, Ticker
from chassis.tokens import Keys, Tokens

__all__ = ["Job", "Runtime", "Service", "create_app"]

PUBLIC = ("/health/", "/metrics", "/openapi.json", "/schemas/")
SEALING = Job("audit-seal", seconds=2, run=chain.seal)
HEARING = (
    Job("inbox-purge", seconds=60, run=inbox.purge),
    Job("dead-letters-count", seconds=15, run=shelf.measure),
)

Command = Callable[[Runtime, list[str]], Awaitable[None]]
ServiceLoop = Callable[[Runtime, Pulse], Awaitable[None]]


@dataclass(frozen=True)
class Service:
    """Everything that makes one service; `create_app` and `chassis.command` do the rest."""

    name: str
    """Also its schema, its database role and its consumer group."""
    settings: type[ServiceSettings] = ServiceSettings
    title: str = "Wardline"
    description: str = ""
    listener: Listener | None = None
    routers: tuple[Router, ...] = ()
    public: tuple[str, ...] = ()
    """Paths that need no token; what ends in ``/`` opens everything below it."""
    jobs: tuple[Job, ...] = ()
    loops: tuple[ServiceLoop, ...] = ()
    """Run in every replica, for as long as it lives."""
    tables: tuple[ModuleType, ...] = ()
    """The modules of its tables, so that their metadata is complete."""
    migrations: Path | None = None
    retold: tuple[Part, ...] = ()
    """What it can tell again, in this order; nothing where it tells nothing."""
    told: Told = field(default_factory=Told)
    """What it takes back and steps after a restore that lost the newest."""
    commands: Mapping[str, Command] = field(default_factory=dict)
    """Further commands; the first line of the docstring is their help."""


def create_app(service: Service, settings: ServiceSettings | None = None) -> FastAPI:
    """The service as an application; without ``settings`` the environment has them."""
    settings = settings or load(service.settings)
    runtime = compose(service, settings)
    public = PUBLIC + service.public
    tokens = Tokens(settings.jwt_issuer, settings.jwt_audience, Keys(settings.jwks))
    app = FastAPI(
        title=service.title,
        description=service.description,
        version=settings.version,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=openapi.operation_id,
        middleware=[
            Middleware(Edge),
            Middleware(Guard, tokens=tokens, limits=Limits(settings), public=public),
        ],
        lifespan=_lifespan,
    )
    app.state.runtime = runtime
    refusals.install(app)
    heard = (dead_letters_api.router,) if service.listener else ()
    for router in (*service.routers, *heard, audit_api.router, flow.router, health.router):
        app.include_router(router)
    openapi.install(app, public)
    return app


def compose(service: Service, settings: ServiceSettings) -> Runtime:
    """What the service runs on; nothing is opened yet."""
    newest = _newest(service.migrations)
    runtime = Runtime(service.name, settings, newest, listener=service.listener)
    loops = [Loop(runtime.handled.pulse, runtime.handled.run)]
    if settings.database_url:
        loops += _with_database(service, runtime)
    for run in service.loops:
        pulse = Pulse(run.__name__)
        loops.append(Loop(pulse, partial(run, runtime, pulse)))
    runtime.loops = Loops(loops)
    return runtime


def _with_database(service: Service, runtime: Runtime) -> Iterator[Loop]:
    settings, database = runtime.settings, _database(service, runtime.settings)
    runtime.keep(database)
    metrics.POOL_IN_USE.set_function(partial(_in_use, database))
    runtime.relay = relay = Relay(database, settings.kafka_bootstrap)
    yield Loop(relay.pulse, relay.run)
    if service.listener and settings.kafka_bootstrap:
        subscriber = Subscriber(service.listener, database, settings.kafka_bootstrap)
        runtime.subscriber = subscriber
        yield Loop(subscriber.pulse, subscriber.run)
    jobs = (*service.jobs, SEALING, *(HEARING if service.listener else ()))
    if settings.jobs:
        runtime.ticker = ticker = Ticker(jobs, database, relay.leads, runtime.is_behind)
        yield Loop(ticker.pulse, ticker.run)


def _database(service: Service, settings: ServiceSettings) -> Database:
    return Database(
        settings.database_url,
        service.name,
        public_url=settings.public_url,
        pool_size=settings.pool_size,
        pool_timeout=settings.pool_timeout,
    )


def _in_use(database: Database) -> float:
    pool = database.engine.pool
    return pool.checkedout() if isinstance(pool, QueuePool) else 0


def _newest(migrations: Path | None) -> str | None:
    """The revision of the newest migration: files are named after it, ``0001_….py``."""
    names = migrations.glob("versions/[0-9]*.py") if migrations else ()
    return max((path.name.partition("_")[0] for path in names), default=None)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    runtime: Runtime = app.state.runtime
    metrics.BUILD.info({"service": runtime.service, "version": runtime.settings.version})
    runtime.start()
    try:
        yield
    finally:
        await runtime.stop()
