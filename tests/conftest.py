"""What every test may ask for: the stack, a database of its own, tokens."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from hypothesis import HealthCheck, settings

from chassis.database import Database
from deploy.local.issuer import Issuer
from tests import bus
from tests import stack as stacks
from tests.stack import Stack

# How long an example takes says how busy the machine is: speed belongs in benchmarks.
settings.register_profile("wardline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("wardline")


@dataclass(frozen=True)
class TestDatabase:
    """A database that only this test has."""

    __test__ = False

    name: str
    stack: Stack

    def url(self, service: str) -> str:
        """Address for the role that the service's process has."""
        return self.stack.url(service, self.name)

    def owner_url(self, service: str) -> str:
        """Address for the role that owns the service's schema."""
        return self.stack.url(f"{service}_owner", self.name)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """PostgreSQL and Kafka, for as long as the tests run."""
    with stacks.started(tmp_path_factory.mktemp("stack")) as started:
        yield started


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    """Signs tokens that services under test trust."""
    return Issuer(tmp_path_factory.mktemp("issuer"))


@pytest.fixture
def database_of(stack: Stack) -> Iterator[Callable[..., TestDatabase]]:
    """Makes databases with the migrated schemas of the services named, and drops them after."""
    made: list[str] = []

    def make(*services: str) -> TestDatabase:
        made.append(stack.clone(*services))
        return TestDatabase(made[-1], stack)

    yield make
    for name in made:
        stack.drop(name)


@pytest.fixture
async def database(stack: Stack) -> AsyncIterator[Database]:
    """The database of the small service that tests the bus."""
    name = stack.copy("bus", partial(bus.prepare, stack))
    database = Database(stack.url(bus.SCHEMA, name), bus.SCHEMA, public_url="http://test")
    yield database
    await database.close()
    stack.drop(name)
