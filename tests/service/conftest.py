"""Services under test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from chassis.service import Service
from deploy.local.issuer import Issuer
from tests.conftest import TestDatabase
from tests.service import city as cities
from tests.service import desk as desks
from tests.service import live as streams
from tests.service.harness import ServiceUnderTest, running

Serve = Callable[..., Awaitable[ServiceUnderTest]]


@pytest.fixture
async def serve(database_of: Callable[..., TestDatabase], issuer: Issuer) -> AsyncIterator[Serve]:
    """A way to start services, each on a database of its own; settings by name."""
    async with AsyncExitStack() as stopping:

        async def start(service: Service, **settings: object) -> ServiceUnderTest:
            database = database_of(service.name)
            under_test = running(service, database, issuer, **settings)
            return await stopping.enter_async_context(under_test)

        yield start


@pytest.fixture
async def desk(serve: Serve) -> desks.Desk:
    """The submission service with its catalogue, and a ward that reports to it."""
    return await desks.opened(serve)


@pytest.fixture
async def city(serve: Serve) -> cities.City:
    """The aggregation service with the wards of the city and its templates."""
    return await cities.opened(serve)


@pytest.fixture
async def live(serve: Serve) -> AsyncIterator[streams.Live]:
    """The notification service with an address, for readers of its streams."""
    async with streams.opened(serve) as live:
        yield live
